import { isName, isRunId, type PipelineName, type RunId } from './ids.ts';

/**
 * How users refer to a run: by its id, by the first or last characters of it, or as the newest run, of a pipeline or of
 * all.
 */
export type RunReference =
  | { readonly kind: 'id'; readonly runId: RunId }
  | { readonly kind: 'part'; readonly part: string }
  | { readonly kind: 'last'; readonly pipeline: PipelineName | null };

/** Minimum length: fewer characters would match by chance. */
const LEAST_CHARACTERS = 4;
export const RUN_REFERENCE_RULE = `a run's id, its first or last characters (${LEAST_CHARACTERS} or more), "@last", or "<pipeline>@last"`;

/** The short form of an id: its end, because ids of the same minute share their beginning. */
export const shortRunId = (runId: string): string => runId.slice(-8);

/** Null for text that cannot refer to a run. Ignores case, and the "…" that pages show before a short id. */
export const parseRunReference = (text: string): RunReference | null => {
  const trimmed = text.trim();
  if (trimmed.endsWith('@last')) {
    const pipeline = trimmed.slice(0, -'@last'.length);
    if (pipeline === '') return { kind: 'last', pipeline: null };
    return isName(pipeline) ? { kind: 'last', pipeline: pipeline as PipelineName } : null;
  }
  const part = trimmed.replace(/^(…|\.\.\.)/, '').toLowerCase();
  if (isRunId(part)) return { kind: 'id', runId: part };
  return part.length >= LEAST_CHARACTERS && part.length < 36 && /^[0-9a-f-]+$/.test(part)
    ? { kind: 'part', part }
    : null;
};

/** Whether the id begins or ends with the part. */
export const hasIdPart = (runId: string, part: string): boolean => runId.startsWith(part) || runId.endsWith(part);
