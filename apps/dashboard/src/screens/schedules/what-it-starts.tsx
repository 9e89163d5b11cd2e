import { ApiError, type Pipeline, type ScheduleFields } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { api } from '../../api.ts';
import { completed, idOf, isGiven, pathsOf, placeErrors, presetsOf } from '../../parts/form/form-state.ts';
import { type Field, fieldsOf } from '../../parts/form/schema-form.ts';
import { ModeInput, ParamsPanel, StagesInput } from '../../parts/form/start-inputs.tsx';
import { Loading, Notice } from '../../ui/notice.tsx';
import type { Draft } from './schedule-draft.ts';

interface WhatItStartsProps {
  readonly startable: Startable;
  readonly draft: Draft;
  readonly onChange: (change: Partial<Draft>) => void;
  /** Error of the last save. */
  readonly error: unknown;
}

/** Mode, params and stages of the schedule's runs, with the fields of the start form. */
export const WhatItStarts = ({
  startable: { pipeline, fields, error: unread },
  draft,
  onChange,
  error,
}: WhatItStartsProps) => {
  const { at, first } = useMemo(
    () =>
      placeErrors(error instanceof ApiError ? error.errors : [], [
        'mode',
        'params',
        ...pathsOf(fields ?? [], draft.params, 'params'),
        'stages',
      ]),
    [error, fields, draft.params],
  );
  useEffect(() => {
    if (first !== null) document.getElementById(idOf(first))?.focus();
  }, [error, first]);
  if (pipeline === undefined)
    return unread === null ? (
      <Loading what="the pipeline's params" />
    ) : (
      <Notice tone="warn" title="Cannot edit what it starts right now" error={unread} />
    );
  return (
    <>
      <ModeInput
        pipeline={pipeline}
        mode={draft.mode}
        messages={at.get('mode') ?? []}
        onChange={(mode) => onChange({ mode })}
      />
      <ParamsPanel
        pipeline={pipeline}
        fields={fields}
        mode={draft.mode}
        params={draft.params}
        errors={at}
        onChange={(params) => onChange({ params })}
      />
      <StagesInput
        pipeline={pipeline}
        mode={draft.mode}
        stages={draft.stages}
        messages={at.get('stages') ?? []}
        onChange={(stages) => onChange({ stages })}
      />
    </>
  );
};

export interface Startable {
  readonly pipeline: Pipeline | undefined;
  /** Fields of its params; null: the schema names none. */
  readonly fields: readonly Field[] | null;
  /** Why it could not be loaded, if so. */
  readonly error: Error | null;
}

/** The pipeline that a schedule starts, with its param fields; '': none. */
export const useStartable = (name: string): Startable => {
  const { data: pipeline, error } = useQuery({
    queryKey: ['pipeline', name],
    queryFn: ({ signal }) => api.pipeline(name, {}, signal),
    enabled: name !== '',
  });
  const params = pipeline?.params ?? null;
  return { pipeline, error, fields: useMemo(() => (params === null ? null : fieldsOf(params)), [params]) };
};

/** Adds values the form shows as set though untouched, if params are sent at all. */
export const withShownAnswers = (
  sent: ScheduleFields,
  { pipeline, fields }: Startable,
  draft: { params: unknown; mode: string | null },
): ScheduleFields =>
  pipeline === undefined || !('params' in sent || 'mode' in sent) || !isGiven(draft.params)
    ? sent
    : { ...sent, params: completed(fields ?? [], draft.params, presetsOf(pipeline, draft.mode)) };
