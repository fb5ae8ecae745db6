/** The look of a button, shared by buttons and by links that are drawn as one. */
export type ButtonVariant = 'primary' | 'plain' | 'quiet' | 'danger'
export type ButtonSize = 'md' | 'sm' | 'icon'

const base =
  'inline-flex shrink-0 items-center justify-center gap-2 whitespace-nowrap rounded-md border font-medium transition-colors duration-100 select-none aria-disabled:cursor-not-allowed aria-disabled:opacity-55'

const variants: Record<ButtonVariant, string> = {
  primary: 'border-transparent bg-accent text-on-accent not-aria-disabled:hover:bg-accent-strong',
  plain: 'border-line-strong/50 bg-surface text-ink not-aria-disabled:hover:border-line-strong not-aria-disabled:hover:bg-hover',
  quiet: 'border-transparent bg-transparent text-ink-2 not-aria-disabled:hover:bg-hover not-aria-disabled:hover:text-ink',
  danger: 'border-transparent bg-bad text-on-bad not-aria-disabled:hover:bg-bad-strong',
}

const sizes: Record<ButtonSize, string> = {
  md: 'h-11 px-3.5 text-body sm:h-9',
  sm: 'h-9 px-2.5 text-small sm:h-7',
  icon: 'size-11 text-body sm:size-9',
}

export function buttonClass(variant: ButtonVariant = 'plain', size: ButtonSize = 'md'): string[] {
  return [base, variants[variant], sizes[size]]
}
