import type { Pipeline, ScheduleFields } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../api.ts';
import { completed, isGiven, presetsOf } from '../../parts/form/form-state.ts';
import { type Field, fieldsOf } from '../../parts/form/schema-form.ts';

export interface Startable {
  readonly pipeline: Pipeline | undefined;
  /** Fields of its params; null: the schema names none. */
  readonly fields: readonly Field[] | null;
  /** Why it could not be loaded, if so. */
  readonly error: Error | null;
}

/** The pipeline that a schedule starts, with its param fields; '': none. */
export const useStartable = (name: string): Startable => {
  const { data: pipeline, error } = useQuery({ queryKey: ['pipeline', name], queryFn: ({ signal }) => api.pipeline(name, {}, signal), enabled: name !== '' });
  const params = pipeline?.params ?? null;
  return { pipeline, error, fields: useMemo(() => (params === null ? null : fieldsOf(params)), [params]) };
};

/** Adds values the form shows as set though untouched, if params are sent at all. */
export const withShownAnswers = (sent: ScheduleFields, { pipeline, fields }: Startable, draft: { params: unknown; mode: string | null }): ScheduleFields =>
  pipeline === undefined || !('params' in sent || 'mode' in sent) || !isGiven(draft.params)
    ? sent
    : { ...sent, params: completed(fields ?? [], draft.params, presetsOf(pipeline, draft.mode)) };
