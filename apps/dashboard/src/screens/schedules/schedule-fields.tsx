import { ApiError } from '@millrace/client';
import { type ReactNode, useId } from 'react';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { FireList, usePreview } from './fire-list.tsx';
import { type Draft, OVERLAPS, recurrenceOf } from './schedule-draft.ts';
import { type Startable, WhatItStarts } from './what-it-starts.tsx';

/** Fields shared by creating and editing, with the scheduler's preview. `error`: of the last save. */
export const ScheduleFieldset = ({
  draft,
  startable,
  onChange,
  error,
}: {
  draft: Draft;
  startable: Startable;
  onChange: (change: Partial<Draft>) => void;
  error: unknown;
}) => {
  const preview = usePreview(recurrenceOf(draft), 5);
  const wrong = (path: string): string | null => problemAt(error, path) ?? problemAt(preview.error, path);
  return (
    <>
      <fieldset className="flex flex-wrap gap-x-5 gap-y-1">
        <legend className="mb-1 font-medium">Due</legend>
        {(['cron', 'every'] as const).map((kind) => (
          <label key={kind} className="flex items-center gap-1.5">
            <input type="radio" name="kind" checked={draft.kind === kind} onChange={() => onChange({ kind })} />
            {kind === 'cron' ? 'by a cron expression' : 'at a fixed interval'}
          </label>
        ))}
      </fieldset>
      <div className="grid gap-4 sm:grid-cols-2">
        {draft.kind === 'cron' ? (
          <Field label="Cron" says="minute hour day month weekday" wrong={wrong('cron')}>
            {(props) => (
              <input
                {...props}
                value={draft.cron}
                onChange={(event) => onChange({ cron: event.target.value })}
                spellCheck={false}
                autoComplete="off"
                className={`font-mono ${FIELD_LOOK}`}
              />
            )}
          </Field>
        ) : (
          <Field label="Every" says="30s, 15m, 1h30m" wrong={wrong('every')}>
            {(props) => (
              <input
                {...props}
                value={draft.every}
                onChange={(event) => onChange({ every: event.target.value })}
                autoComplete="off"
                className={FIELD_LOOK}
              />
            )}
          </Field>
        )}
        {draft.kind === 'cron' ? (
          <ZoneField zone={draft.timezone} wrong={wrong('timezone')} onChange={(timezone) => onChange({ timezone })} />
        ) : null}
      </div>
      <div
        aria-live="polite"
        aria-busy={preview.isFetching}
        className={`rounded-md border border-line ${preview.isPlaceholderData ? 'border-dashed' : ''}`}
      >
        {preview.isError ? (
          preview.error instanceof ApiError && preview.error.errors.length > 0 ? (
            <p className="p-3 text-quiet">Correct the fields above to see a preview.</p>
          ) : (
            <Notice tone="bad" title="No preview" error={preview.error} />
          )
        ) : preview.data ? (
          <>
            <p className="border-b border-line px-4 py-2 font-medium">{preview.data.words}</p>
            <FireList items={preview.data.items} timezone={draft.timezone} label="Preview of the next fires" />
          </>
        ) : (
          <p className="p-3 text-quiet">Loading the preview…</p>
        )}
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Overlap: if a run is live" wrong={wrong('overlap')}>
          {(props) => (
            <select
              {...props}
              value={draft.overlap}
              onChange={(event) => onChange({ overlap: event.target.value as Draft['overlap'] })}
              className={FIELD_LOOK}
            >
              <option value="">the pipeline's policy</option>
              {OVERLAPS.map(({ value, words }) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Catch-up: ticks missed while no scheduler was running" wrong={wrong('catch_up.policy')}>
          {(props) => (
            <select
              {...props}
              value={draft.catchUp}
              onChange={(event) => onChange({ catchUp: event.target.value as Draft['catchUp'] })}
              className={FIELD_LOOK}
            >
              <option value="none">run none of them</option>
              <option value="last">run the last one late</option>
              <option value="all">run all of them late</option>
            </select>
          )}
        </Field>
        {draft.catchUp === 'none' ? null : (
          <Field
            label="Catch-up window"
            says="how late a missed tick may still run: 15m, 2h"
            wrong={wrong('catch_up.window')}
          >
            {(props) => (
              <input
                {...props}
                value={draft.window}
                onChange={(event) => onChange({ window: event.target.value })}
                autoComplete="off"
                className={FIELD_LOOK}
              />
            )}
          </Field>
        )}
      </div>
      <WhatItStarts startable={startable} draft={draft} onChange={onChange} error={error} />
      <Field label="Note" says="for whoever reads it next" wrong={wrong('note')}>
        {(props) => (
          <input
            {...props}
            value={draft.note}
            maxLength={500}
            onChange={(event) => onChange({ note: event.target.value })}
            autoComplete="off"
            className={FIELD_LOOK}
          />
        )}
      </Field>
    </>
  );
};

const problemAt = (error: unknown, path: string): string | null =>
  error instanceof ApiError
    ? (error.errors.find((one) => one.path === path || (path === 'catch_up.policy' && one.path === 'catch_up'))
        ?.message ?? null)
    : null;

/** Time zone of the cron expression. Intervals have none: they are aligned to the epoch. */
const ZoneField = ({
  zone,
  wrong,
  onChange,
}: {
  zone: string;
  wrong: string | null;
  onChange: (zone: string) => void;
}) => {
  const zones = useId();
  return (
    <Field label="Time zone" says="an IANA name" wrong={wrong}>
      {(props) => (
        <>
          <input
            {...props}
            list={zones}
            value={zone}
            onChange={(event) => onChange(event.target.value)}
            spellCheck={false}
            autoComplete="off"
            className={FIELD_LOOK}
          />
          <datalist id={zones}>
            {ZONES.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  );
};

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

interface Told {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': true | undefined;
}

/** A labelled control with a hint or an error below. */
export const Field = ({
  label,
  says,
  wrong,
  children,
}: {
  label: string;
  says?: string;
  wrong: string | null;
  children: (told: Told) => ReactNode;
}) => {
  const id = useId();
  const told = wrong ?? says;
  return (
    <div className="grid content-start gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children({
        id,
        'aria-describedby': told === undefined ? undefined : `${id}-told`,
        'aria-invalid': wrong === null ? undefined : true,
      })}
      {told === undefined ? null : (
        <p id={`${id}-told`} className={wrong === null ? 'text-quiet' : 'font-medium text-bad'}>
          {wrong === null ? told : `${label}: ${told}`}
        </p>
      )}
    </div>
  );
};
