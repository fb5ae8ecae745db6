/** What an account uses: rates from counters, shares of limits, and the lines of a graph. Pure. */
import type { LimitsView, Usage, UsagePoint } from '@/api/types'

const MIB = 1024 * 1024

export interface Rates {
  /** Percent of one core. */
  readonly cpuPercent: number
  /** Bytes each second. */
  readonly read: number
  readonly write: number
}

/** What happened between two looks; undefined when the counters began anew in between, or no time went by. */
export function ratesBetween(before: Usage | undefined, now: Usage): Rates | undefined {
  if (before === undefined) return undefined
  const seconds = (Date.parse(now.measured_at) - Date.parse(before.measured_at)) / 1_000
  if (!(seconds > 0) || now.cpu_usec < before.cpu_usec || now.io_read_bytes < before.io_read_bytes || now.io_write_bytes < before.io_write_bytes) return undefined
  return {
    cpuPercent: (now.cpu_usec - before.cpu_usec) / seconds / 10_000,
    read: (now.io_read_bytes - before.io_read_bytes) / seconds,
    write: (now.io_write_bytes - before.io_write_bytes) / seconds,
  }
}

/** How much of a limit is used. A limit of nothing is reached by anything. */
export function share(used: number, limit: number): number {
  if (limit > 0) return used / limit
  return used > 0 ? 1 : 0
}

export const limitBytes = (mebibytes: number) => mebibytes * MIB

export const spans = [24, 168, 720] as const

export const series = ['cpu', 'memory', 'tasks', 'io', 'disk', 'sent'] as const
export type Series = (typeof series)[number]

/** The value of a point and the unit it is in; null where it was not measured. */
export const valueOf: Record<Series, (point: UsagePoint) => number | null> = {
  cpu: (p) => p.cpu_percent,
  memory: (p) => p.memory_bytes,
  tasks: (p) => p.tasks,
  io: (p) => p.io_read_bytes_per_second + p.io_write_bytes_per_second,
  disk: (p) => p.disk_bytes ?? null,
  sent: (p) => p.sent_bytes,
}

/** The limit a series is measured against, in its own unit; undefined where there is none. */
export function limitOf(name: Series, limits: LimitsView): number | undefined {
  const all: Record<Series, number | undefined> = {
    cpu: limits.cpu_limit_percent,
    memory: limitBytes(limits.memory_limit_mb),
    tasks: limits.max_processes,
    io: limitBytes(limits.io_limit_mb_s),
    disk: limitBytes(limits.disk_quota_mb),
    sent: undefined,
  }
  return all[name]
}

/** A round number at or above: 1, 2 or 5 times a power of the base, so that the scale can be read. */
export function ceiling(value: number, bytes: boolean): number {
  if (value <= 0) return 1
  const unit = bytes ? 1024 ** Math.max(0, Math.floor(Math.log(value) / Math.log(1024))) : 1
  const inUnit = value / unit
  const power = 10 ** Math.floor(Math.log10(inUnit))
  const step = [1, 2, 5, 10].find((n) => n * power >= inUnit) ?? 10
  return step * power * unit
}

export interface Scale {
  readonly from: number
  readonly to: number
  readonly most: number
  readonly width: number
  readonly height: number
}

const round = (value: number) => Math.round(value * 10) / 10

export interface Curve {
  /** The line. */
  readonly line: string
  /** The line closed down to the ground. */
  readonly area: string
}

/** An SVG path through the points. Where more than two steps are missing, the line breaks off instead of making something up. */
export function curve(points: readonly UsagePoint[], name: Series, stepSeconds: number, scale: Scale): Curve {
  const x = (at: number) => round(((at - scale.from) / (scale.to - scale.from)) * scale.width)
  const y = (value: number) => round(scale.height - (Math.min(value, scale.most) / scale.most) * scale.height)
  let [line, area] = ['', '']
  let last: number | undefined
  let start = 0
  const close = () => {
    if (last !== undefined) area += `L${x(last)} ${scale.height}L${x(start)} ${scale.height}Z`
    last = undefined
  }
  for (const point of points) {
    const value = valueOf[name](point)
    const at = Date.parse(point.at)
    if (value === null) {
      close()
      continue
    }
    if (last !== undefined && at - last > 2_500 * stepSeconds) close()
    if (last === undefined) start = at
    const part = `${last === undefined ? 'M' : 'L'}${x(at)} ${y(value)}`
    line += part
    area += part
    last = at
  }
  close()
  return { line, area }
}

/** At most so many rows for the table behind a graph: the highest value of every stretch. */
export function thinned(points: readonly UsagePoint[], name: Series, most: number): { at: string; value: number | null }[] {
  const size = Math.max(1, Math.ceil(points.length / most))
  const rows: { at: string; value: number | null }[] = []
  for (let i = 0; i < points.length; i += size) {
    const stretch = points.slice(i, i + size)
    const values = stretch.flatMap((p) => valueOf[name](p) ?? [])
    rows.push({ at: stretch.at(-1)?.at ?? '', value: values.length === 0 ? null : Math.max(...values) })
  }
  return rows
}
