import type { Pipeline, StartRequest } from '@millrace/client';
import { completed, type Given, isGiven } from './field-values.ts';
import type { Field } from './schema-form.ts';

export interface LabelRow {
  readonly key: string;
  readonly value: string;
}

/** State of the form before it is sent. */
export interface StartDraft {
  /** Usually an object; the JSON view allows anything, and the API validates it. */
  readonly params: unknown;
  readonly mode: string | null;
  /** Null: the mode's or the pipeline's stages. */
  readonly stages: readonly string[] | null;
  readonly labels: readonly LabelRow[];
  readonly reason: string;
}

/** Params set by the mode; explicit params override them. */
export const presetsOf = (pipeline: Pick<Pipeline, 'modes'>, mode: string | null): Given =>
  mode !== null && Object.hasOwn(pipeline.modes, mode) ? pipeline.modes[mode]!.params : {};

/** The request for the draft; label rows without a name are dropped. */
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
