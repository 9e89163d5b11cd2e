import type { RunId, StageRun } from '../domain/index.ts';
import type { Readings, StageQuery } from '../ports/index.ts';

const PAGE = 500;

/** The stages of a run by the page, each page of its own instant; none when there is no such run. */
export async function* everyStage(
  store: Pick<Readings, 'stages'>,
  runId: RunId,
  query: Pick<StageQuery, 'status' | 'names' | 'outputs'>,
): AsyncGenerator<StageRun, void> {
  for (let after: number | null = null; ; ) {
    const page = await store.stages(runId, { ...query, after, limit: PAGE });
    yield* page?.items ?? [];
    after = page?.nextAfter ?? null;
    if (after === null) return;
  }
}
