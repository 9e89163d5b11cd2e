import { DownloadLink } from '../../../parts/artifacts/download-link.tsx';
import { Button } from '../../../ui/button.tsx';
import { CopyButton } from '../details/copy-button.tsx';
import type { useLogSearch } from './use-log-search.ts';

interface LogToolbarProps {
  readonly search: ReturnType<typeof useLogSearch>;
  readonly onStep: (by: 1 | -1) => void;
  readonly following: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onTop: () => void;
  readonly wrap: boolean;
  readonly onWrap: (wrap: boolean) => void;
  readonly times: boolean;
  readonly onTimes: (times: boolean) => void;
  /** Text of the marked line; null: none. */
  readonly marked: string | null;
  readonly downloadHref: string;
}

export const LogToolbar = ({ search, onStep, following, onFollow, onTop, wrap, onWrap, times, onTimes, marked, downloadHref }: LogToolbarProps) => (
  <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
    <input
      type="search"
      aria-label="Search the log"
      placeholder="Search the log"
      value={search.text}
      onChange={(event) => search.change(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return;
        event.preventDefault();
        onStep(event.shiftKey ? -1 : 1);
      }}
      className="min-h-8 w-44 rounded-md border border-line bg-canvas px-2"
    />
    {search.text === '' ? null : (
      <>
        <span role="status" className="min-w-[9ch] text-quiet">
          {foundWords(search)}
        </span>
        <Button kind="quiet" aria-label="Previous match" title="Previous match (Shift+Enter)" onClick={() => onStep(-1)} className="px-2">
          ↑
        </Button>
        <Button kind="quiet" aria-label="Next match" title="Next match (Enter)" onClick={() => onStep(1)} className="px-2">
          ↓
        </Button>
      </>
    )}
    <span className="ml-auto flex flex-wrap items-center gap-1">
      <Toggle on={following} onChange={onFollow} label="Follow" title="Scroll to new lines" />
      <Toggle on={wrap} onChange={onWrap} label="Wrap" title="Break long lines" />
      <Toggle on={times} onChange={onTimes} label="Times" title="Show when each line was recorded" />
      <Button kind="quiet" onClick={onTop} className="px-2">
        Top
      </Button>
      <Button kind="quiet" onClick={() => onFollow(true)} className="px-2">
        End
      </Button>
      {marked === null ? null : <CopyButton text={() => marked} label="Copy the line" />}
      <DownloadLink href={downloadHref}>Download</DownloadLink>
    </span>
  </div>
);

const foundWords = ({ count, place, finished }: ReturnType<typeof useLogSearch>): string => {
  const more = finished ? '' : '…';
  if (count === 0) return finished ? 'no matches' : 'searching…';
  return place === -1
    ? `${count.toLocaleString('en-GB')}${more} ${count === 1 ? 'line' : 'lines'}`
    : `${(place + 1).toLocaleString('en-GB')} of ${count.toLocaleString('en-GB')}${more}`;
};

const Toggle = ({ on, onChange, label, title }: { on: boolean; onChange: (on: boolean) => void; label: string; title: string }) => (
  <label title={title} className="inline-flex min-h-8 cursor-pointer items-center gap-1.5 rounded-md px-2 hover:bg-raised">
    <input type="checkbox" checked={on} onChange={(event) => onChange(event.target.checked)} className="accent-[var(--accent)]" />
    {label}
  </label>
);
