import { ApiError } from '@millrace/client';
import type { ReactNode } from 'react';
import { useTrouble } from '../live/trouble.ts';

const TONES = { bad: 'border-bad text-bad', warn: 'border-warn text-warn', plain: 'border-line text-quiet' } as const;

/** A notice: what happened, what the API said about it, and what to do. */
export const Notice = ({
  tone,
  title,
  error,
  children,
}: {
  tone: keyof typeof TONES;
  title: string;
  error?: unknown;
  children?: ReactNode;
}) => (
  <div role={tone === 'bad' ? 'alert' : 'status'} className={`rounded-lg border-l-4 bg-panel px-4 py-3 ${TONES[tone]}`}>
    <p className="font-semibold">{title}</p>
    {error instanceof Error ? <p className="mt-1 text-ink">{error.message}</p> : null}
    {error instanceof ApiError && error.errors.length > 0 ? (
      <ul className="mt-1 list-disc pl-5 text-ink">
        {error.errors.map(({ path, message }) => (
          <li key={path + message}>
            <code>{path}</code> {message}
          </li>
        ))}
        {error.moreErrors > 0 ? <li>and {error.moreErrors.toLocaleString('en-GB')} more</li> : null}
      </ul>
    ) : null}
    {children ? <div className="mt-1 text-quiet">{children}</div> : null}
  </div>
);

/** An empty state: what would be here, and how to get it. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="rounded-lg border border-dashed border-line px-6 py-10 text-center text-quiet">
    <p className="text-base font-medium text-ink">{title}</p>
    {children ? <div className="mx-auto mt-1 max-w-prose">{children}</div> : null}
  </div>
);

/** Loading, or why it cannot load: an outage may last, and nothing is in progress. */
export const Loading = ({ what }: { what: string }) => {
  const trouble = useTrouble();
  return trouble === null ? (
    <p role="status" className="flex items-center gap-2 p-4 text-quiet">
      {/* The text does not pulse: while faded it would lack the required contrast. */}
      <span aria-hidden className="size-2 shrink-0 animate-pulse rounded-full bg-accent" />
      Loading {what}…
    </p>
  ) : (
    <p role="status" className="p-4 text-quiet">
      {trouble === 'redis_away'
        ? `Cannot load ${what}: Redis is unavailable.`
        : `Cannot load ${what}: the API is unavailable.`}
    </p>
  );
};
