import { expect, it } from 'vitest'
import type { App } from '@/api/types'
import { appCondition, appFaults, appForm, appOf, conditionOf, listenText, programText, totals } from './model'

const instance = { state: 'active', sub_state: 'running', restarts: 1, memory_bytes: 1_000 }
const app: App = {
  name: 'shop', folder: 'apps/shop', program: { node: 'server.js' }, args: ['--x', 'a b'], env: { NODE_ENV: 'production' }, listen: { port: 20_010 }, instances: 2,
  restart: 'on_failure', health: { path: '/health', within_seconds: 20 }, enabled: true, state: [instance, { ...instance, memory_bytes: 500 }],
}

it('comes back from its form as it went in', () => {
  const { name, state, ...put } = app
  expect([name, state.length, appOf(appForm(app))]).toEqual(['shop', 2, put])
  expect(appFaults(appForm(app))).toEqual({})
  const plain = { ...app, program: { file: 'bin/run' }, listen: { socket: {} }, args: [], env: {}, restart: 'always' as const, health: null }
  expect(appOf(appForm(plain))).toEqual({ folder: 'apps/shop', program: { file: 'bin/run' }, listen: { socket: {} }, instances: 2, enabled: true })
})

it('says what is wrong', () => {
  expect(Object.keys(appFaults(appForm())).toSorted()).toEqual(['folder', 'name', 'program'])
  const form = { ...appForm(app), name: 'a_b', port: '29999', health_path: 'x', env: [{ name: 'LD_PRELOAD', value: '' }, { name: 'A', value: '1' }, { name: 'A', value: '2' }] }
  expect(Object.keys(appFaults(form)).toSorted()).toEqual(['env.0.name', 'env.2.name', 'health', 'listen', 'name'])
})

it('is as well as its worst instance', () => {
  expect(conditionOf({ state: 'activating', sub_state: 'auto-restart' })).toBe('failed')
  expect(appCondition(app)).toBe('running')
  expect(appCondition({ enabled: true, state: [instance, { ...instance, state: 'failed', sub_state: 'failed' }] })).toBe('failed')
  expect(appCondition({ enabled: false, state: [] })).toBe('off')
  expect(appCondition({ enabled: true, state: [] })).toBe('stopped')
})

it('is told in short', () => {
  expect([listenText(app), programText(app), totals(app)]).toEqual(['20010–20011', 'node server.js --x a b', { memory: 1_500, restarts: 2 }])
})
