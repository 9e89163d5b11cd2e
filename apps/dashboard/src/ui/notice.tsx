import { ApiError } from '@millrace/client';
import type { ReactNode } from 'react';
import { useTrouble } from '../live/trouble.ts';

const TONES = { bad: 'border-bad text-bad', warn: 'border-warn text-warn', plain: 'border-line text-quiet' } as const;

/** Something that the reader should know: what happened, what the API said about it, and what can be done. */
export const Notice = ({ tone, title, error, children }: { tone: keyof typeof TONES; title: string; error?: unknown; children?: ReactNode }) => (
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

/** When there is nothing to show: what would be here, and how it comes to be. */
export const Empty = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div className="rounded-lg border border-dashed border-line px-6 py-10 text-center text-quiet">
    <p className="text-base font-medium text-ink">{title}</p>
    {children ? <div className="mx-auto mt-1 max-w-prose">{children}</div> : null}
  </div>
);

/** While something keeps the page from reading, that is said: it may last, and nothing is under way. */
export const Loading = ({ what }: { what: string }) => {
  const trouble = useTrouble();
  return trouble === null ? (
    <p role="status" className="flex items-center gap-2 p-4 text-quiet">
      {/* The words keep still: a text that fades is below the contrast it needs for half of the time. */}
      <span aria-hidden className="size-2 shrink-0 animate-pulse rounded-full bg-accent" />
      Loading {what}…
    </p>
  ) : (
    <p role="status" className="p-4 text-quiet">
      {trouble === 'redis_away' ? `Cannot load ${what}: Redis is unavailable.` : `Cannot load ${what}: the API is unavailable.`}
    </p>
  );
};
