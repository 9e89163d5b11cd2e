import { formatCount } from '../format/amounts.ts';

/** Below a list that ends before all is shown: how much of it is. */
export const Beyond = ({ shown, of = null, hint = '' }: { shown: number; of?: number | null; hint?: string }) => (
  <p role="status" className="border-t border-line p-4 text-quiet">
    Showing the first {formatCount(shown)}
    {of === null ? '; there are more.' : ` of ${formatCount(of)}.`}
    {hint === '' ? '' : ` ${hint}`}
  </p>
);
