import type { ComponentProps } from 'react';

const KINDS = {
  primary: 'bg-accent text-accent-ink border-transparent hover:brightness-110',
  plain: 'bg-panel text-ink border-line hover:bg-raised',
  danger: 'bg-panel text-bad border-bad hover:bg-raised',
  quiet: 'bg-transparent text-quiet border-transparent hover:bg-raised hover:text-ink',
} as const;

/** `refusal`: why it is disabled; shown as a hint, and the button stays focusable for screen readers. */
export const Button = ({
  kind = 'plain',
  busy = false,
  refusal = null,
  className = '',
  onClick,
  ...rest
}: ComponentProps<'button'> & { kind?: keyof typeof KINDS; busy?: boolean; refusal?: string | null }) => {
  const off = busy || refusal !== null;
  return (
    <button
      type="button"
      {...rest}
      aria-disabled={off || undefined}
      aria-busy={busy || undefined}
      title={refusal ?? rest.title}
      onClick={(event) => (off ? event.preventDefault() : onClick?.(event))}
      className={`inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-3 py-1 font-medium whitespace-nowrap transition-colors ${KINDS[kind]} ${off ? 'cursor-not-allowed opacity-55' : ''} ${className}`}
    />
  );
};
