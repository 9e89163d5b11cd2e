import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import { parseCsv, separatorOf } from './csv.ts';

const ROW_PX = 28;
/** Most columns shown; least and greatest column width, characters. */
const COLUMNS = 60;
const NARROW = 6;
const WIDE = 36;

/** A virtual table headed by the first row. Columns are as wide as their values, so that scrolling shifts nothing. */
export const CsvTable = ({ name, text, cut }: { name: string; text: string; cut: boolean }) => {
  const { head, body, widths, hidden } = useMemo(() => layOut(text, cut), [text, cut]);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: body.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollMargin: ROW_PX,
  });
  const items = rows.getVirtualItems();
  const above = (items[0]?.start ?? ROW_PX) - ROW_PX;
  return (
    <>
      <p className="border-b border-line px-4 py-1.5 text-quiet">
        {body.length.toLocaleString('en-GB')} {body.length === 1 ? 'row' : 'rows'}, {head.length + hidden}{' '}
        {head.length + hidden === 1 ? 'column' : 'columns'}
        {hidden > 0 ? `; the last ${hidden} are not shown` : ''}
      </p>
      <div ref={box} role="region" aria-label={`Table of ${name}`} tabIndex={0} className="max-h-[65dvh] overflow-auto">
        <table
          aria-rowcount={body.length + 1}
          className="table-fixed border-collapse font-mono text-[12px]"
          style={{ width: `${widths.reduce((sum, width) => sum + width, 0)}ch` }}
        >
          <colgroup>
            {widths.map((width, column) => (
              <col key={column} style={{ width: `${width}ch` }} />
            ))}
          </colgroup>
          <thead className="sticky top-0 bg-raised">
            <tr style={{ height: ROW_PX }}>
              {head.map((cell, column) => (
                <th
                  key={column}
                  scope="col"
                  title={cell}
                  className="truncate border-r border-line px-2 text-left font-semibold"
                >
                  {cell === '' ? <span className="text-faint">column {column + 1}</span> : <bdi>{cell}</bdi>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr aria-hidden="true" style={{ height: above }} />
            {items.map(({ index }) => (
              <tr key={index} aria-rowindex={index + 2} style={{ height: ROW_PX }} className="border-t border-line">
                {head.map((_, column) => (
                  <td key={column} title={body[index]![column]} className="truncate border-r border-line px-2">
                    <bdi>{body[index]![column]}</bdi>
                  </td>
                ))}
              </tr>
            ))}
            <tr aria-hidden="true" style={{ height: rows.getTotalSize() - above - items.length * ROW_PX }} />
          </tbody>
        </table>
      </div>
    </>
  );
};

const layOut = (text: string, cut: boolean) => {
  const parsed = parseCsv(text, separatorOf(text));
  // The last row of a truncated file may be incomplete.
  const whole = cut && parsed.length > 1 ? parsed.slice(0, -1) : parsed;
  const columns = whole.reduce((most, row) => Math.max(most, row.length), 0);
  const shown = Math.min(columns, COLUMNS);
  const widths = Array.from({ length: shown }, (_, column) => {
    const longest = whole.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0);
    return Math.min(WIDE, Math.max(NARROW, longest)) + 3;
  });
  const head = Array.from({ length: shown }, (_, column) => whole[0]?.[column] ?? '');
  return { head, body: whole.slice(1), widths, hidden: columns - shown };
};
