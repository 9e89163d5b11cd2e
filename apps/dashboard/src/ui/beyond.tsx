import { formatCount } from '../format/amounts.ts';

/** Below a truncated list: how much of it is shown. */
export const Beyond = ({ shown, of = null, hint = '' }: { shown: number; of?: number | null; hint?: string }) => (
  <p role="status" className="border-t border-line p-4 text-quiet">
    Showing the first {formatCount(shown)}
    {of === null ? '; there are more.' : ` of ${formatCount(of)}.`}
    {hint === '' ? '' : ` ${hint}`}
  </p>
);
