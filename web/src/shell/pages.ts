import { CalendarClock, Globe, House, KeyRound, ListChecks, Package, ScrollText, Users } from '@lucide/vue'
import type { Component } from 'vue'
import { currentUser, may } from '@/features/auth/session'

export interface Page {
  readonly name: 'home' | 'accounts' | 'sites' | 'packages' | 'schedules' | 'jobs' | 'audit' | 'people'
  readonly title: string
  readonly icon: Component
  /** Routes that belong to it. */
  readonly holds: readonly string[]
}

const all: readonly (Page & { needs?: string; /** Not for who sees only their own. */ wide?: true })[] = [
  { name: 'home', title: 'home.title', icon: House, holds: ['home'] },
  { name: 'accounts', title: 'accounts.title', icon: Users, holds: ['accounts', 'account'], needs: 'account:read', wide: true },
  { name: 'sites', title: 'sites.title', icon: Globe, holds: ['sites', 'site'], needs: 'site:read' },
  { name: 'packages', title: 'packages.title', icon: Package, holds: ['packages'], needs: 'package:update' },
  { name: 'schedules', title: 'shell.schedules', icon: CalendarClock, holds: ['schedules'], needs: 'schedule:read', wide: true },
  { name: 'jobs', title: 'jobs.title', icon: ListChecks, holds: ['jobs', 'job'], needs: 'job:read' },
  { name: 'audit', title: 'audit.title', icon: ScrollText, holds: ['audit'], needs: 'audit:read' },
  { name: 'people', title: 'shell.people', icon: KeyRound, holds: ['people', 'user'], needs: 'user:read', wide: true },
]

/** The pages this user can open. There is no entry for what does not exist yet. */
export const pages = () => all.filter((page) => (page.needs === undefined || may(page.needs)) && !(page.wide === true && currentUser.value?.own_only === true))
