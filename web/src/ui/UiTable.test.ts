import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { h } from 'vue'
import UiTable from './UiTable.vue'

interface Row {
  name: string
}

function table(width: number, sort = { key: 'name', descending: false }) {
  vi.stubGlobal('matchMedia', (query: string) => ({
    matches: width >= Number(/min-width: (\d+)px/.exec(query)?.[1] ?? 0),
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }))
  return mount(UiTable<Row>, {
    attachTo: document.body,
    props: {
      label: 'People',
      columns: [
        { key: 'name', label: 'Name', sortable: true },
        { key: 'note', label: 'Note' },
      ],
      rows: [{ name: 'ani' }, { name: 'budi' }, { name: 'citra' }],
      rowKey: (row: Row) => row.name,
      sort,
    },
    slots: {
      name: ({ row }: { row: Row }) => h('a', { href: `#${row.name}` }, row.name),
      card: ({ row }: { row: Row }) => h('a', { href: `#${row.name}` }, row.name),
    },
  })
}

describe('UiTable', () => {
  it('says how it is sorted and asks for the other way round', async () => {
    const wrapper = table(1280)
    expect(wrapper.get('th').attributes('aria-sort')).toBe('ascending')
    expect(wrapper.findAll('th')[1]?.attributes('aria-sort')).toBeUndefined()
    await wrapper.get('th button').trigger('click')
    expect(wrapper.emitted('sort')?.[0]).toEqual([{ key: 'name', descending: true }])
    wrapper.unmount()
  })

  it('walks its rows with the arrow keys', async () => {
    const wrapper = table(1280)
    const links = wrapper.findAll<HTMLElement>('tbody a')
    links[0]?.element.focus()
    await links[0]?.trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement?.textContent).toBe('budi')
    await links[1]?.trigger('keydown', { key: 'End' })
    expect(document.activeElement?.textContent).toBe('citra')
    await links[2]?.trigger('keydown', { key: 'ArrowDown' })
    expect(document.activeElement?.textContent).toBe('citra')
    wrapper.unmount()
  })

  it('is a list of cards where there is no room for columns', () => {
    const wrapper = table(390)
    expect(wrapper.find('table').exists()).toBe(false)
    expect(wrapper.findAll('li')).toHaveLength(3)
    expect(wrapper.get('ul').attributes('aria-label')).toBe('People')
    wrapper.unmount()
  })
})
