/** View state of a run, stored in the address: a shared link shows the same. */
import type { Span } from './timeline/time-scale.ts';

export const RUN_TABS = ['graph', 'timeline', 'events', 'logs', 'artifacts', 'details'] as const;
export type RunTab = (typeof RUN_TABS)[number];

interface RunSearch {
  readonly tab?: RunTab;
  /** Stage whose drawer, lines or events are shown. */
  readonly stage?: string;
  /** Of the stage; absent: its newest one. */
  readonly generation?: number;
  readonly attempt?: number;
  /** A log line: `<seq>-<index within the event>`. */
  readonly line?: string;
  /** Events: failures only. */
  readonly failures?: true;
  /** Events: without log lines and metrics. */
  readonly brief?: true;
  readonly artifact?: string;
  /** Timeline range: `<from>-<to>`, ms since the run was created. */
  readonly range?: string;
}

export const readRunSearch = (search: Record<string, unknown>): RunSearch => {
  const { tab, stage, generation, attempt, line, failures, brief, artifact, range } = search;
  const [pass, count] = [Number(generation), Number(attempt)];
  return {
    ...(RUN_TABS.includes(tab as RunTab) ? { tab: tab as RunTab } : {}),
    ...(typeof stage === 'string' || typeof stage === 'number' ? { stage: String(stage) } : {}),
    ...(Number.isInteger(pass) && pass > 0 ? { generation: pass } : {}),
    ...(Number.isInteger(count) && count > 0 ? { attempt: count } : {}),
    ...(typeof line === 'string' || typeof line === 'number' ? { line: String(line) } : {}),
    ...(failures === true ? { failures } : {}),
    ...(brief === true ? { brief } : {}),
    ...(typeof artifact === 'string' || typeof artifact === 'number' ? { artifact: String(artifact) } : {}),
    ...(isRange(range) ? { range } : {}),
  };
};

/** A narrower range is the whole run, ms. */
export const NARROWEST_MS = 5;

/** `whole`: the run so far. Null: the whole run, also for ranges outside of it or too narrow. */
export const rangeOf = (text: string | undefined, whole: Span): Span | null => {
  const found = RANGE.exec(text ?? '');
  if (!found) return null;
  const from = whole.from + Number(found[1]);
  const to = Math.min(whole.from + Number(found[2]), whole.to);
  return to - from < NARROWEST_MS || (from <= whole.from && to >= whole.to) ? null : { from, to };
};

/** `origin`: creation of the run, ms since the epoch. Undefined: the whole run. */
export const textOfRange = (range: Span | null, origin: number): string | undefined =>
  range === null ? undefined : `${Math.floor(range.from - origin)}-${Math.ceil(range.to - origin)}`;

const isRange = (text: unknown): text is string => typeof text === 'string' && RANGE.test(text);

const RANGE = /^(\d{1,13})-(\d{1,13})$/;
