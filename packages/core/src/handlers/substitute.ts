import { parseTemplate, type Reference } from '../definition/index.ts';
import { StageFailure } from './stage-failure.ts';

/** The values that references resolve to. */
export interface ReferenceValues {
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly runId: string;
  /** ms since the epoch; absent when no schedule started the run. */
  readonly tick: number | undefined;
}

/**
 * The text with its references replaced in one pass: values are not expanded again, so `${{` inside a param stays as it
 * is. Strings are inserted verbatim, other values as JSON, `run.tick` as ISO 8601, or "" without a tick.
 * @throws StageFailure `unresolved_reference` when there is no such value; `invalid_argument` when it cannot be an
 *   argument of a program
 */
export const substitute = (text: string, values: ReferenceValues): string => {
  const result = text.includes('${{')
    ? parseTemplate(text)
        .template.map((piece) => (typeof piece === 'string' ? piece : textOf(piece, values)))
        .join('')
    : text;
  if (result.includes('\0'))
    throw new StageFailure(
      'invalid_argument',
      `${JSON.stringify(text)} expands to text with a NUL character, which no program can receive`,
    );
  if (Buffer.from(result).toString() !== result)
    throw new StageFailure(
      'invalid_argument',
      `${JSON.stringify(text)} expands to text with a lone surrogate, which has no UTF-8 form`,
    );
  return result;
};

const textOf = (reference: Reference, values: ReferenceValues): string => {
  if (reference.kind === 'run')
    return reference.field === 'id'
      ? values.runId
      : values.tick === undefined
        ? ''
        : new Date(values.tick).toISOString();
  const path = reference.kind === 'param' ? reference.path : [reference.stage, ...reference.path];
  const value = valueAt(reference.kind === 'param' ? values.params : values.inputs, path);
  if (value === undefined)
    throw new StageFailure(
      'unresolved_reference',
      `${reference.kind === 'param' ? 'params' : 'inputs'}.${path.join('.')} has no value in this run`,
    );
  return typeof value === 'string' ? value : JSON.stringify(value);
};

const valueAt = (root: unknown, path: readonly string[]): unknown => {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string, unknown>)[step];
  }
  return value;
};
