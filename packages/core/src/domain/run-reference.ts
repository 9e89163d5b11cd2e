import { isName, isRunId, type PipelineName, type RunId } from './ids.ts';

/** How people name a run: by its id, by the first or last characters of it, or as the newest one, of a pipeline or of all. */
export type RunReference =
  | { readonly kind: 'id'; readonly runId: RunId }
  | { readonly kind: 'part'; readonly part: string }
  | { readonly kind: 'last'; readonly pipeline: PipelineName | null };

/** Fewer characters would match by chance. */
const LEAST_CHARACTERS = 4;
export const RUN_REFERENCE_RULE = `a run's id, its first or last characters (${LEAST_CHARACTERS} or more), "@last", or "<pipeline>@last"`;

/** The short form of an id, everywhere: its end, because its beginning is the time, which runs of one minute share. */
export const shortRunId = (runId: string): string => runId.slice(-8);

/** Null for a text that cannot name a run. Case, and the "…" that a page shows before a short id, do not count. */
export const parseRunReference = (text: string): RunReference | null => {
  const trimmed = text.trim();
  if (trimmed.endsWith('@last')) {
    const pipeline = trimmed.slice(0, -'@last'.length);
    if (pipeline === '') return { kind: 'last', pipeline: null };
    return isName(pipeline) ? { kind: 'last', pipeline: pipeline as PipelineName } : null;
  }
  const part = trimmed.replace(/^(…|\.\.\.)/, '').toLowerCase();
  if (isRunId(part)) return { kind: 'id', runId: part };
  return part.length >= LEAST_CHARACTERS && part.length < 36 && /^[0-9a-f-]+$/.test(part) ? { kind: 'part', part } : null;
};

/** Whether the id begins or ends with the part. */
export const hasIdPart = (runId: string, part: string): boolean => runId.startsWith(part) || runId.endsWith(part);
