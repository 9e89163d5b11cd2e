import type { ReactNode } from 'react';
import { formatCount } from '../format/amounts.ts';

/**
 * A table that scrolls in its own box if wider than the page. `columns`: its headings; a hidden one labels a column of
 * buttons.
 */
export const Table = ({
  label,
  columns,
  children,
}: {
  label: string;
  columns: readonly (string | Column)[];
  children: ReactNode;
}) => (
  <div tabIndex={0} role="group" aria-label={label} className="relative overflow-x-auto">
    <table className="w-full text-left">
      <thead>
        <tr className="border-b border-line text-quiet">
          {columns.map((column) => {
            const { head, number = false, hidden = false } = typeof column === 'string' ? { head: column } : column;
            return (
              <th
                key={head}
                scope="col"
                className={`px-4 py-2 font-medium whitespace-nowrap ${number ? 'text-right' : ''}`}
              >
                {hidden ? <span className="sr-only">{head}</span> : head}
              </th>
            );
          })}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">{children}</tbody>
    </table>
  </div>
);

interface Column {
  readonly head: string;
  readonly number?: boolean;
  /** For screen readers only. */
  readonly hidden?: boolean;
}

export const Cell = ({
  number = false,
  className = '',
  children,
}: {
  number?: boolean;
  className?: string;
  children: ReactNode;
}) => (
  <td className={`px-4 py-2 align-top ${number ? 'text-right whitespace-nowrap' : ''} ${className}`}>{children}</td>
);

/** Below a truncated list: how much of it is shown. */
export const Beyond = ({ shown, of = null, hint = '' }: { shown: number; of?: number | null; hint?: string }) => (
  <p role="status" className="border-t border-line p-4 text-quiet">
    Showing the first {formatCount(shown)}
    {of === null ? '; there are more.' : ` of ${formatCount(of)}.`}
    {hint === '' ? '' : ` ${hint}`}
  </p>
);
