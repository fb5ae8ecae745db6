import { Globe, House, ListChecks, Package, ScrollText, Users } from '@lucide/vue'
import type { Component } from 'vue'
import { may } from '@/features/auth/session'

export interface Page {
  readonly name: 'home' | 'accounts' | 'sites' | 'packages' | 'jobs' | 'audit'
  readonly title: string
  readonly icon: Component
  /** Routes that belong to it. */
  readonly holds: readonly string[]
}

const all: readonly (Page & { needs?: string })[] = [
  { name: 'home', title: 'home.title', icon: House, holds: ['home'] },
  { name: 'accounts', title: 'accounts.title', icon: Users, holds: ['accounts', 'account'], needs: 'account:read' },
  { name: 'sites', title: 'sites.title', icon: Globe, holds: ['sites', 'site'], needs: 'site:read' },
  { name: 'packages', title: 'packages.title', icon: Package, holds: ['packages'], needs: 'package:update' },
  { name: 'jobs', title: 'jobs.title', icon: ListChecks, holds: ['jobs', 'job'], needs: 'job:read' },
  { name: 'audit', title: 'audit.title', icon: ScrollText, holds: ['audit'], needs: 'audit:read' },
]

/** The pages this user can open. There is no entry for what does not exist yet. */
export const pages = () => all.filter((page) => page.needs === undefined || may(page.needs))
