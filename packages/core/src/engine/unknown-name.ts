import { type ErrorCode, MillraceError, nearestName } from '../domain/index.ts';

const WHAT: Partial<Record<ErrorCode, string>> = { unknown_pipeline: 'pipeline', unknown_stage: 'stage', unknown_schedule: 'schedule' };

/** The error for a name that is not there, with the nearest one that is. */
export const unknownName = (code: ErrorCode, name: string, known: readonly string[]): MillraceError => {
  const nearest = nearestName(name, known);
  const hint = nearest === null ? (known.length > 0 && known.length <= 20 ? `; there are: ${known.join(', ')}` : '') : `; did you mean "${nearest}"?`;
  return new MillraceError(code, `there is no ${WHAT[code] ?? 'such thing'} "${name.slice(0, 100)}"${hint}`);
};
