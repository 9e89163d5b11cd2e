import { ApiError } from '@millrace/client';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { api, newIdempotencyKey } from '../../api.ts';
import { focusUnreadable } from '../../parts/form/inputs.tsx';
import { useRefusal } from '../../session/session-gate.tsx';
import { Button } from '../../ui/button.tsx';
import { FIELD_LOOK } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { PageHead, Panel } from '../../ui/panel.tsx';
import { type Draft, fieldsOf, NEW_DRAFT } from './schedule-draft.ts';
import { Field, ScheduleFieldset } from './schedule-fields.tsx';
import { rereadSchedules } from './schedule-state.tsx';
import { useStartable, withShownAnswers } from './what-it-starts.tsx';

const route = getRouteApi('/schedules/~new');

/** Creates a schedule that no definition declares; the API stores it. */
export const Screen = () => {
  const given = route.useSearch().pipeline;
  const navigate = useNavigate();
  const refusal = useRefusal('operator');
  const read = useQuery({
    queryKey: ['pipelines', 'names'],
    queryFn: ({ signal }) => api.pipelines({ limit: 500 }, signal),
  });
  const pipelines = read.data?.items ?? [];
  const [chosen, setChosen] = useState(given);
  const pipeline = chosen ?? pipelines[0]?.name ?? '';
  const [id, setId] = useState('');
  const [draft, setDraft] = useState(NEW_DRAFT);
  // Settings are kept per pipeline: they mean nothing to another one, and return when it is selected again.
  const [aside, setAside] = useState<Readonly<Record<string, Partial<Draft>>>>({});
  const startable = useStartable(pipeline);
  const form = useRef<HTMLFormElement>(null);
  // A request changed after a refusal gets a new key.
  const [key, setKey] = useState(newIdempotencyKey);
  const make = useMutation({
    mutationFn: () =>
      api.createSchedule(
        {
          ...(id.trim() === '' ? {} : { id: id.trim() }),
          pipeline,
          ...withShownAnswers(fieldsOf(draft), startable, draft),
        },
        key,
      ),
    onSuccess: async (schedule) => {
      await rereadSchedules();
      await navigate({ to: '/schedules/$scheduleId', params: { scheduleId: schedule.id } });
    },
  });
  const changed = <V,>(take: (value: V) => void) => {
    return (value: V): void => {
      take(value);
      setKey(newIdempotencyKey());
      make.reset();
    };
  };
  const choose = (name: string): void => {
    const { mode, params, stages } = draft;
    setAside({ ...aside, [pipeline]: { mode, params, stages } });
    setDraft({ ...draft, mode: null, params: {}, stages: null, ...aside[name] });
    changed(setChosen)(name);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!focusUnreadable(form.current) && refusal === null) make.mutate();
  };
  const wrong = (path: string): string | null =>
    make.error instanceof ApiError ? (make.error.errors.find((error) => error.path === path)?.message ?? null) : null;
  return (
    <>
      <PageHead title="New schedule" />
      {read.data === undefined && read.isError ? (
        <Notice tone="bad" title="Could not load the pipelines" error={read.error} />
      ) : null}
      {read.data?.items.length === 0 ? (
        <Notice tone="plain" title="No pipelines yet">
          <Link to="/" className="text-accent underline">
            Create your first pipeline
          </Link>
        </Notice>
      ) : null}
      <Panel title="What it starts, and when" className="mt-3 max-w-3xl">
        <form ref={form} onSubmit={submit} className="space-y-4 p-4" noValidate>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label="Pipeline" wrong={wrong('pipeline')}>
              {(props) => (
                <select
                  {...props}
                  value={pipeline}
                  onChange={(event) => choose(event.target.value)}
                  className={FIELD_LOOK}
                >
                  {[...new Set([...(given === undefined ? [] : [given]), ...pipelines.map(({ name }) => name)])].map(
                    (name) => (
                      <option key={name}>{name}</option>
                    ),
                  )}
                </select>
              )}
            </Field>
            <Field label="Name" says="defaults to the pipeline's name" wrong={wrong('id')}>
              {(props) => (
                <input
                  {...props}
                  value={id}
                  onChange={(event) => changed(setId)(event.target.value)}
                  autoComplete="off"
                  className={FIELD_LOOK}
                />
              )}
            </Field>
          </div>
          <ScheduleFieldset
            key={pipeline}
            draft={draft}
            startable={startable}
            onChange={(change) => changed(setDraft)({ ...draft, ...change })}
            error={make.error}
          />
          {make.isError ? <Notice tone="bad" title="Could not create the schedule" error={make.error} /> : null}
          <Button
            type="submit"
            kind="primary"
            busy={make.isPending}
            refusal={refusal ?? (pipeline === '' ? 'Choose a pipeline first' : null)}
          >
            Create schedule
          </Button>
        </form>
      </Panel>
    </>
  );
};
