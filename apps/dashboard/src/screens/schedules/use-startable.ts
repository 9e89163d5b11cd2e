import type { Pipeline, ScheduleFields } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api } from '../../api.ts';
import { completed, isGiven } from '../../parts/form/field-values.ts';
import { type Field, fieldsOf } from '../../parts/form/schema-form.ts';
import { presetsOf } from '../../parts/form/start-draft.ts';

export interface Startable {
  readonly pipeline: Pipeline | undefined;
  /** Of its params; null: the schema names none. */
  readonly fields: readonly Field[] | null;
  /** Why it cannot be shown, if so. */
  readonly error: Error | null;
}

/** The pipeline that a schedule starts, and what its params are asked by; '': none. */
export const useStartable = (name: string): Startable => {
  const { data: pipeline, error } = useQuery({ queryKey: ['pipeline', name], queryFn: ({ signal }) => api.pipeline(name, {}, signal), enabled: name !== '' });
  const params = pipeline?.params ?? null;
  return { pipeline, error, fields: useMemo(() => (params === null ? null : fieldsOf(params)), [params]) };
};

/** With what the form shows as answered though nobody touched it, as far as what is sent is about params. */
export const withShownAnswers = (sent: ScheduleFields, { pipeline, fields }: Startable, draft: { params: unknown; mode: string | null }): ScheduleFields =>
  pipeline === undefined || !('params' in sent || 'mode' in sent) || !isGiven(draft.params)
    ? sent
    : { ...sent, params: completed(fields ?? [], draft.params, presetsOf(pipeline, draft.mode)) };
