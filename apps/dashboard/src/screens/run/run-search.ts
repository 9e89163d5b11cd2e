import { isRange } from './timeline/zoomed-range.ts';

/** View state of a run, stored in the address: a shared link shows the same. */
export const RUN_TABS = ['graph', 'timeline', 'events', 'logs', 'artifacts', 'details'] as const;
export type RunTab = (typeof RUN_TABS)[number];

export interface RunSearch {
  readonly tab?: RunTab;
  /** Stage whose drawer, lines or events are shown. */
  readonly stage?: string;
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
  const { tab, stage, attempt, line, failures, brief, artifact, range } = search;
  const count = Number(attempt);
  return {
    ...(RUN_TABS.includes(tab as RunTab) ? { tab: tab as RunTab } : {}),
    ...(typeof stage === 'string' || typeof stage === 'number' ? { stage: String(stage) } : {}),
    ...(Number.isInteger(count) && count > 0 ? { attempt: count } : {}),
    ...(typeof line === 'string' || typeof line === 'number' ? { line: String(line) } : {}),
    ...(failures === true ? { failures } : {}),
    ...(brief === true ? { brief } : {}),
    ...(typeof artifact === 'string' || typeof artifact === 'number' ? { artifact: String(artifact) } : {}),
    ...(isRange(range) ? { range } : {}),
  };
};
