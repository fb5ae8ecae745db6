/** The look of everything that takes a value. */
export const controlClass =
  'h-11 w-full min-w-0 rounded-md border border-line-strong bg-surface px-3 text-body text-ink placeholder:text-ink-3 hover:border-ink-3 aria-invalid:border-bad sm:h-9'
