import { RUN_STATES } from '@millrace/core/domain';
import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { api } from '../../api.ts';
import { useZone } from '../../format/zoned-instant.ts';
import { serverNow } from '../../live/server-clock.ts';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { wordOf } from '../../ui/status-mark.tsx';
import { inputOf, instantOf, type Range, RANGE_WORDS, RANGES, type RunsSearch } from './runs-search.ts';

type ChangeSearch = (search: RunsSearch, replace?: boolean) => void;

const TRIGGERS = ['manual', 'schedule', 'backfill', 'upstream', 'webhook', 'retry'] as const;

export const RunsFilters = ({ search, onChange }: { search: RunsSearch; onChange: ChangeSearch }) => {
  const change = (part: { [K in keyof RunsSearch]?: string | undefined }, replace = false): void =>
    onChange(without({ ...search, ...part }), replace);
  return (
    <search aria-label="Filters" className="mb-3 flex flex-wrap items-end gap-x-3 gap-y-2">
      <TextFilter text={search.text ?? ''} onChange={(text) => change({ text }, true)} />
      <PipelineFilter pipeline={search.pipeline ?? ''} onChange={(pipeline) => change({ pipeline })} />
      <PickSeveral
        label="Status"
        options={RUN_STATES.map((status) => ({ value: status, text: wordOf(status) }))}
        chosen={search.status ?? ''}
        onChange={(status) => change({ status })}
      />
      <PickSeveral
        label="Trigger"
        options={TRIGGERS.map((trigger) => ({ value: trigger, text: trigger }))}
        chosen={search.trigger ?? ''}
        onChange={(trigger) => change({ trigger })}
      />
      <TimeFilter since={search.since} until={search.until} onChange={change} />
      {Object.keys(search).length === 0 ? null : <Button onClick={() => onChange({})}>Clear the filters</Button>}
    </search>
  );
};

const PipelineFilter = ({ pipeline, onChange }: { pipeline: string; onChange: (pipeline: string) => void }) => {
  const { data } = useQuery({
    queryKey: ['pipelines'],
    queryFn: ({ signal }) => api.pipelines({ limit: 500 }, signal),
  });
  const names = data?.items.map(({ name }) => name) ?? [];
  // Removed pipelines still have runs.
  const all = pipeline === '' || names.includes(pipeline) ? names : [...names, pipeline];
  return (
    <label className="flex flex-col gap-0.5">
      <span className="text-xs text-quiet">Pipeline</span>
      <select value={pipeline} onChange={(event) => onChange(event.target.value)} className={`${FIELD_LOOK} max-w-52`}>
        <option value="">any</option>
        {all.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
};

const without = (search: { readonly [K in keyof RunsSearch]?: string | undefined }): RunsSearch =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined && value !== ''));

/** Debounce of typing, ms. */
const PAUSE_MS = 300;

const TextFilter = ({ text, onChange }: { text: string; onChange: (text: string) => void }) => {
  const [typed, setTyped] = useState(text);
  const sent = useRef(text);
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  });
  useEffect(() => {
    // Changed elsewhere: the reader went back, or cleared the filters.
    if (text === sent.current) return;
    sent.current = text;
    setTyped(text);
  }, [text]);
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      change.current(typed);
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label className="flex min-w-0 flex-col gap-0.5">
      <span className="text-xs text-quiet">Text</span>
      <input
        type="search"
        value={typed}
        placeholder="run id, label, reason, who"
        onChange={(event) => setTyped(event.target.value)}
        className={`${FIELD_LOOK} w-56 max-w-full placeholder:text-faint`}
      />
    </label>
  );
};

/** A multi-select stored as "a,b". Escape and focus loss close it. */
const PickSeveral = ({
  label,
  options,
  chosen,
  onChange,
}: {
  label: string;
  options: readonly { readonly value: string; readonly text: string }[];
  chosen: string;
  onChange: (chosen: string) => void;
}) => {
  const id = useId();
  const details = useRef<HTMLDetailsElement>(null);
  const picked = chosen.split(',').filter((value) => value !== '');
  const toggle = (value: string, on: boolean): void =>
    onChange((on ? [...picked, value] : picked.filter((one) => one !== value)).join(','));
  const close = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !details.current?.open) return;
    details.current.open = false;
    details.current.querySelector('summary')?.focus();
  };
  return (
    <div className="flex flex-col gap-0.5">
      <span id={id} className="text-xs text-quiet">
        {label}
      </span>
      <details
        ref={details}
        className="relative"
        onKeyDown={close}
        onBlur={({ relatedTarget, currentTarget }) => {
          if (relatedTarget !== null && !currentTarget.contains(relatedTarget)) currentTarget.open = false;
        }}
      >
        <summary
          aria-label={`${label}: ${picked.length === 0 ? 'any' : picked.join(', ')}`}
          className={`${FIELD_LOOK} min-w-24 max-w-52 list-none truncate`}
        >
          {picked.length === 0 ? 'any' : picked.join(', ')} <span aria-hidden="true">▾</span>
        </summary>
        <fieldset
          aria-labelledby={id}
          className="absolute left-0 z-20 mt-1 w-48 space-y-1 rounded-lg border border-line bg-panel p-3 shadow-lg"
        >
          {options.map(({ value, text }) => (
            <label key={value} className="flex items-center gap-2">
              <input
                type="checkbox"
                checked={picked.includes(value)}
                onChange={(event) => toggle(value, event.target.checked)}
              />
              {text}
            </label>
          ))}
        </fieldset>
      </details>
    </div>
  );
};

/** Filter by creation: a common range, or two instants. */
const TimeFilter = ({
  since,
  until,
  onChange,
}: {
  since: string | undefined;
  until: string | undefined;
  onChange: (range: { since?: string | undefined; until?: string | undefined }) => void;
}) => {
  const zone = useZone();
  const given = since !== undefined || until !== undefined;
  const choose = (value: string): void => {
    if (value === '') onChange({ since: undefined, until: undefined });
    else if (value in RANGES)
      onChange({ since: new Date(serverNow() - RANGES[value as Range]).toISOString(), until: undefined });
  };
  return (
    <>
      <label className="flex flex-col gap-0.5">
        <span className="text-xs text-quiet">Time</span>
        <select value={given ? 'given' : ''} onChange={(event) => choose(event.target.value)} className={FIELD_LOOK}>
          <option value="">any</option>
          {given ? <option value="given">between</option> : null}
          {Object.entries(RANGE_WORDS).map(([range, words]) => (
            <option key={range} value={range}>
              {words}
            </option>
          ))}
        </select>
      </label>
      {given
        ? (['since', 'until'] as const).map((end) => (
            <label key={end} className="flex flex-col gap-0.5">
              <span className="text-xs text-quiet">
                {end === 'since' ? 'Since' : 'Until'}
                {zone === 'utc' ? ' (UTC)' : ''}
              </span>
              <input
                type="datetime-local"
                value={inputOf(end === 'since' ? since : until, zone)}
                onChange={(event) => onChange({ [end]: instantOf(event.target.value, zone) })}
                className={FIELD_LOOK}
              />
            </label>
          ))
        : null}
    </>
  );
};
