/** Apps as a form holds them, and how they are. Pure; the grammar is that of `crates/types/src/apps.rs`. */
import type { App, InstanceState, PutApp } from '@/api/types'
import type { Pair } from '@/features/sites/settings'
import { appNameFault, docrootFault, envNameFault, isWhole, rangeFault, repeated, urlPathFault, type Fault, type Faults } from '@/lib/values'
import type { StateTone } from '@/ui/UiState.vue'

export const programs = ['node', 'python', 'file'] as const
export const restarts = ['always', 'on_failure', 'never'] as const
export const MOST = { args: 32, env: 64, instances: 16 } as const
const PORTS = { least: 20_000, most: 29_999 } as const

export interface AppForm {
  name: string
  folder: string
  program_by: (typeof programs)[number]
  program: string
  /** One a line. */
  args: string
  env: Pair[]
  listen_by: 'socket' | 'port'
  port: string
  instances: string
  restart: (typeof restarts)[number]
  health: boolean
  health_path: string
  health_seconds: string
  enabled: boolean
}

export const appFields: readonly string[] = 'name folder program args env listen instances restart health health.within_seconds enabled'.split(' ')

function programOf(app: Pick<App, 'program'>): { by: AppForm['program_by']; path: string } {
  if ('node' in app.program) return { by: 'node', path: app.program.node }
  return 'python' in app.program ? { by: 'python', path: app.program.python } : { by: 'file', path: app.program.file }
}

export function appForm(app?: App): AppForm {
  const program = app === undefined ? { by: 'node' as const, path: '' } : programOf(app)
  return {
    name: app?.name ?? '',
    folder: app?.folder ?? '',
    program_by: program.by,
    program: program.path,
    args: (app?.args ?? []).join('\n'),
    env: Object.entries(app?.env ?? {}).map(([name, value]) => ({ name, value })),
    listen_by: app !== undefined && 'port' in app.listen ? 'port' : 'socket',
    port: app !== undefined && 'port' in app.listen ? String(app.listen.port) : '',
    instances: String(app?.instances ?? 1),
    restart: app?.restart ?? 'always',
    health: app?.health != null,
    health_path: app?.health?.path ?? '/',
    health_seconds: String(app?.health?.within_seconds ?? 30),
    enabled: app?.enabled ?? true,
  }
}

const argsOf = (form: AppForm) => form.args.split('\n').filter((line) => line !== '')
const envOf = (form: AppForm) => form.env.filter(({ name, value }) => name.trim() !== '' || value !== '')

function programFrom(form: AppForm): PutApp['program'] {
  const path = form.program.trim()
  if (form.program_by === 'node') return { node: path }
  return form.program_by === 'python' ? { python: path } : { file: path }
}

export function appOf(form: AppForm): PutApp {
  const [args, env] = [argsOf(form), envOf(form)]
  return {
    folder: form.folder.trim(),
    program: programFrom(form),
    ...(args.length === 0 ? {} : { args }),
    ...(env.length === 0 ? {} : { env: Object.fromEntries(env.map(({ name, value }) => [name.trim(), value])) }),
    listen: form.listen_by === 'port' ? { port: Number(form.port) } : { socket: {} },
    instances: Number(form.instances),
    ...(form.restart === 'always' ? {} : { restart: form.restart }),
    ...(form.health ? { health: { path: form.health_path.trim(), within_seconds: Number(form.health_seconds) } } : {}),
    enabled: form.enabled,
  }
}

export function appFaults(form: AppForm): Faults {
  const found: Record<string, Fault> = {}
  const put = (field: string, fault: Fault | undefined) => {
    if (fault !== undefined) found[field] = fault
  }
  const instances = form.instances.trim()
  put('name', appNameFault(form.name.trim()))
  put('folder', docrootFault(form.folder.trim()))
  put('program', docrootFault(form.program.trim()))
  if (argsOf(form).length > MOST.args) put('args', { key: 'product.values.tooMany', values: { most: MOST.args } })
  put('instances', rangeFault(instances, 1, MOST.instances))
  if (form.listen_by === 'port') {
    // Each instance has a port of its own, one after the other.
    const most = PORTS.most - (isWhole(instances, 1, MOST.instances) ? Number(instances) - 1 : 0)
    put('listen', rangeFault(form.port.trim(), PORTS.least, most))
  }
  if (form.health) {
    put('health', urlPathFault(form.health_path.trim()))
    put('health.within_seconds', rangeFault(form.health_seconds.trim(), 1, 120))
  }
  form.env.forEach(({ name, value }, at) => {
    if (name.trim() !== '' || value !== '') put(`env.${at}.name`, envNameFault(name.trim()))
  })
  for (const at of repeated(form.env.map(({ name }) => name.trim()))) found[`env.${at}.name`] = { key: 'product.values.repeated' }
  return found
}

export type AppCondition = 'running' | 'starting' | 'failed' | 'stopped' | 'off'

export const appTone: Record<AppCondition, StateTone> = { running: 'ok', starting: 'busy', failed: 'bad', stopped: 'warn', off: 'off' }

/** systemd's words for an instance in ours. One that is waiting to be started again has failed just now. */
export function conditionOf(instance: Pick<InstanceState, 'state' | 'sub_state'>): AppCondition {
  if (instance.state === 'failed' || instance.sub_state === 'auto-restart') return 'failed'
  if (instance.state === 'active') return 'running'
  return instance.state === 'activating' || instance.state === 'reloading' ? 'starting' : 'stopped'
}

/** An app is as well as its worst instance. */
export function appCondition(app: Pick<App, 'enabled' | 'state'>): AppCondition {
  if (!app.enabled) return 'off'
  const found = app.state.map(conditionOf)
  return (['failed', 'stopped', 'starting'] as const).find((c) => found.includes(c)) ?? (found.length === 0 ? 'stopped' : 'running')
}

export function listenText(app: Pick<App, 'listen' | 'instances'>): string | undefined {
  if (!('port' in app.listen)) return undefined
  const last = app.listen.port + app.instances - 1
  return last === app.listen.port ? String(last) : `${app.listen.port}–${last}`
}

export function programText(app: Pick<App, 'program' | 'args'>): string {
  const { by, path } = programOf(app)
  const starter = { node: 'node ', python: 'python3 ', file: '' }[by]
  return [`${starter}${path}`, ...(app.args ?? [])].join(' ')
}

/** The sum of what its instances have and how often they were started again. */
export function totals(app: Pick<App, 'state'>): { memory: number | undefined; restarts: number } {
  const known = app.state.flatMap((i) => (i.memory_bytes == null ? [] : [i.memory_bytes]))
  return { memory: known.length === 0 ? undefined : known.reduce((a, b) => a + b, 0), restarts: app.state.reduce((sum, i) => sum + i.restarts, 0) }
}
