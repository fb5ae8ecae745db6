import { mount } from '@vue/test-utils'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Job, JobStep } from '@/api/types'
import { i18n, needWords, switchLanguage } from '@/i18n'
import JobSteps from './JobSteps.vue'
import PlanView from './PlanView.vue'

beforeAll(async () => {
  await needWords('start')
  await needWords('app')
  await switchLanguage('id')
})

const global = { plugins: [i18n], stubs: { RouterLink: true } }

function step(position: number, name: string, state: JobStep['state'], message: string | null = null): JobStep {
  return { position, name, summary: `Do ${name}`, state, message, started_at: '2026-11-20T12:00:00.000Z', finished_at: state === 'running' ? null : '2026-11-20T12:00:00.120Z' }
}

function job(state: Job['state'], steps: JobStep[], error: Job['error'] = null): Job {
  return {
    id: 'j', kind: 'account.create', state, target_type: 'account', target: 'joko', account: 'joko', created_by: 'admin', created_at: '2026-11-20T12:00:00Z',
    started_at: '2026-11-20T12:00:00Z', finished_at: state === 'running' ? null : '2026-11-20T12:00:00.450Z', error, steps, generation: 1, cancel_at: null, actions: { cancel: { allowed: false, reason: null } },
  }
}

describe('JobSteps', () => {
  it('names steps it knows in the chosen language and others as the server does', () => {
    const wrapper = mount(JobSteps, { props: { job: job('running', [step(0, 'user.create', 'success'), step(1, 'moon.phase', 'running')]) }, global })
    expect(wrapper.text()).toContain('Buat pengguna Linux')
    expect(wrapper.text()).toContain('Do moon.phase')
    expect(wrapper.text()).toContain('0,12 s')
    expect(wrapper.get('[role=status]').text()).toBe('Do moon.phase')
  })

  it('shows what was taken back and what the tool said', () => {
    const error = { code: 'config_refused', message: 'nginx refused.', detail: 'line 12' }
    const wrapper = mount(JobSteps, { props: { job: job('failed', [step(0, 'user.create', 'undone'), step(1, 'web.publish', 'failed', 'nginx -t')], error) }, global })
    expect(wrapper.findAll('li').map((li) => li.attributes('data-state'))).toEqual(['undone', 'failed'])
    expect(wrapper.text()).toContain('dibatalkan kembali')
    expect(wrapper.text()).toContain('Server web menolak konfigurasinya')
    expect(wrapper.text()).toContain('line 12')
  })

  it('keeps room for the steps until the first news', () => {
    const wrapper = mount(JobSteps, { props: { job: undefined, expected: 3 }, global })
    expect(wrapper.get('[aria-hidden]').element.children).toHaveLength(3)
  })
})

describe('PlanView', () => {
  it('counts, names and expands', () => {
    const changes = [
      { action: 'remove' as const, step: 'user.delete', target: 'user joko', summary: 'x', detail: null },
      { action: 'remove' as const, step: 'home.empty', target: '/home/joko', summary: 'x', detail: 'domains\n' },
    ]
    const wrapper = mount(PlanView, { props: { plan: { username: 'joko', intent: 'delete', changes } }, global })
    expect(wrapper.text()).toContain('2 penghapusan')
    expect(wrapper.text()).toContain('Hapus pengguna Linux')
    expect(wrapper.findAll('details')).toHaveLength(1)
    expect(wrapper.findAll('li')[0]?.text()).toContain('Hapus: ')
  })
})
