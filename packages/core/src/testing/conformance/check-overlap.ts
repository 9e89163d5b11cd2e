import { dataOf, type RunEvent } from '../../domain/index.ts';

/**
 * S5: of the runs that take one pipeline's overlap lock, no two hold it at once.
 * `logs`: the whole log of each of them (not of runs started with overlap `allow`).
 */
export const checkOverlap = (logs: readonly (readonly RunEvent[])[]): readonly string[] => {
  const spans = logs
    .map(spanOf)
    .filter((span) => span.from !== null)
    .sort((a, b) => a.from! - b.from! || a.until - b.until);
  let longest = spans[0];
  return spans.slice(1).flatMap((span) => {
    const before = longest!;
    if (span.until > before.until) longest = span;
    return before.until > span.from! ? [`S5 runs ${before.runId} and ${span.runId} held one overlap lock at once`] : [];
  });
};

const spanOf = (log: readonly RunEvent[]): { runId: string; from: number | null; until: number } => {
  const created = log[0]!;
  const admitted =
    dataOf(created, 'run.created')?.status === 'starting' ? created : log.find(({ type }) => type === 'run.admitted');
  const ended = log.find(({ type }) => type === 'run.succeeded' || type === 'run.failed' || type === 'run.cancelled');
  return { runId: created.runId, from: admitted?.at ?? null, until: ended?.at ?? Infinity };
};
