import type { Pipeline, StartRequest } from '@millrace/client';
import { completed, type Given, isGiven } from './field-values.ts';
import type { Field } from './schema-form.ts';

export interface LabelRow {
  readonly key: string;
  readonly value: string;
}

/** What the form holds before it is sent. */
export interface StartDraft {
  /** An object, unless somebody wrote something else as JSON: the API says what it thinks of it. */
  readonly params: unknown;
  readonly mode: string | null;
  /** Null: as the mode or the pipeline has it. */
  readonly stages: readonly string[] | null;
  readonly labels: readonly LabelRow[];
  readonly reason: string;
}

/** The params that the mode sets; a run's own go over them. */
export const presetsOf = (pipeline: Pick<Pipeline, 'modes'>, mode: string | null): Given =>
  mode !== null && Object.hasOwn(pipeline.modes, mode) ? pipeline.modes[mode]!.params : {};

/** The request that the draft stands for; rows of labels without a name are left out. */
export const requestOf = (draft: StartDraft, fields: readonly Field[], pipeline: Pick<Pipeline, 'modes'>): StartRequest => {
  const params = isGiven(draft.params) ? completed(fields, draft.params, presetsOf(pipeline, draft.mode)) : draft.params;
  const labels = draft.labels.filter(({ key, value }) => key.trim() !== '' || value !== '');
  return {
    ...(params === undefined ? {} : { params: params as Given }),
    ...(draft.mode === null ? {} : { mode: draft.mode }),
    ...(draft.stages === null ? {} : { stages: draft.stages }),
    ...(labels.length === 0 ? {} : { labels: Object.fromEntries(labels.map(({ key, value }) => [key.trim(), value])) }),
    ...(draft.reason.trim() === '' ? {} : { reason: draft.reason.trim() }),
  };
};
