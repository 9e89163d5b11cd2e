import { parseRunReference } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { api } from '../api.ts';
import { firstOf } from '../live/first-of.ts';
import { Dialog } from '../ui/dialog.tsx';
import { entriesOf, type Entry, openRunEntry, textOf } from './palette-entries.ts';
import { bestOf } from './palette-score.ts';

const SHOWN = 12;

/** The command palette: screens, pipelines, runs, schedules and display settings. */
export const Palette = ({ onClose }: { onClose: () => void }) => {
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const shown = useEntries(query.trim());
  const chosen = Math.min(at, shown.length - 1);
  const take = (entry: Entry | undefined): void => {
    if (!entry) return;
    onClose();
    entry.act();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') take(shown[chosen]);
    else if (event.key === 'ArrowDown') setAt((chosen + 1) % Math.max(1, shown.length));
    else if (event.key === 'ArrowUp') setAt((chosen + shown.length - 1) % Math.max(1, shown.length));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Go to or do" onClose={onClose}>
      <input
        autoFocus
        role="combobox"
        aria-label="Screen, pipeline, schedule, run id or command"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={shown.length > 0 ? `${list}-${chosen}` : undefined}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder="Pipeline, schedule, run id, theme…"
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
        className="w-full rounded-md border border-line bg-canvas px-3 py-2"
      />
      <div id={list} role="listbox" aria-label="Results" className="mt-2 max-h-[55vh] overflow-y-auto">
        {shown.map((entry, index) => (
          <Option
            key={entry.id}
            id={`${list}-${index}`}
            entry={entry}
            chosen={index === chosen}
            onTake={() => take(entry)}
          />
        ))}
      </div>
      <p role="status" className={shown.length > 0 ? 'sr-only' : 'px-2 py-4 text-quiet'}>
        {shown.length > 0
          ? `${shown.length} found`
          : 'No results. Find a run by its id, the first or last characters of it, or pipeline@last.'}
      </p>
    </Dialog>
  );
};

const useEntries = (query: string): readonly Entry[] => {
  const navigate = useNavigate();
  const pipelines = useQuery({
    queryKey: ['pipelines', 'palette'],
    queryFn: ({ signal }) => api.pipelines({ limit: 500 }, signal),
  }).data?.items;
  const runs = useQuery({ queryKey: ['runs', 'palette'], queryFn: ({ signal }) => api.runs({ limit: 50 }, signal) })
    .data?.items;
  const schedules = useQuery({
    queryKey: ['schedules', 'list'],
    queryFn: ({ signal }) => firstOf((query) => api.schedules(query, signal)),
  }).data?.items;
  const entries = useMemo(
    () => entriesOf({ pipelines: pipelines ?? [], runs: runs ?? [], schedules: schedules ?? [] }, navigate),
    [pipelines, runs, schedules, navigate],
  );
  const named = useRunsNamed(query);
  return useMemo(() => {
    const best = bestOf(query, entries, textOf, SHOWN);
    const others = named.filter((runId) => !best.some(({ kind, label }) => kind === 'Run' && label === runId));
    return [...others.map((runId) => openRunEntry(runId, navigate)), ...best].slice(0, SHOWN);
  }, [query, entries, named, navigate]);
};

/** Ids of runs that match the text, including those that are not recent. */
const useRunsNamed = (query: string): readonly string[] => {
  const reference = parseRunReference(query);
  const { data } = useQuery({
    queryKey: ['runs', 'named', query],
    queryFn: ({ signal }) => api.runs({ id: query, limit: 5 }, signal),
    enabled: reference !== null && reference.kind !== 'id',
    retry: false,
  });
  return useMemo(() => {
    const given = parseRunReference(query);
    if (given === null) return [];
    return given.kind === 'id' ? [given.runId] : (data?.items ?? []).map(({ run_id }) => run_id);
  }, [query, data]);
};

const Option = ({ id, entry, chosen, onTake }: { id: string; entry: Entry; chosen: boolean; onTake: () => void }) => (
  // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the keys act on the field, which keeps the focus:
  // the pattern of a combobox
  <div
    id={id}
    role="option"
    tabIndex={-1}
    aria-selected={chosen}
    ref={chosen ? scrollIntoView : null}
    onMouseDown={(event) => event.preventDefault()}
    onClick={onTake}
    className={`flex cursor-pointer items-baseline gap-3 rounded-md border-l-2 px-2 py-1.5 ${chosen ? 'border-accent bg-raised' : 'border-transparent hover:bg-raised'}`}
  >
    <span className="w-16 shrink-0 text-xs text-faint">{entry.kind}</span>
    <span className="min-w-0 flex-1 truncate font-medium">{entry.label}</span>
    <span className="max-w-[40%] truncate text-quiet">{entry.hint}</span>
  </div>
);

const scrollIntoView = (option: HTMLElement | null): void => option?.scrollIntoView({ block: 'nearest' });
