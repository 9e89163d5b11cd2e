import type { PipelineName } from '../domain/index.ts';
import type { Readings } from '../ports/index.ts';

/** What definition files define, as reported by all processes that load them. */
export interface DefinitionFiles {
  /** False: no such process is up; the last report applies. */
  readonly told: boolean;
  /** Why a run of the pipeline would wait for ever; null: a file defines it, or there was never a report. */
  missing(pipeline: string): string | null;
}

export type DefinitionReadings = Pick<Readings, 'definitions' | 'pipeline' | 'workers' | 'now'>;

/** A broken file still counts while a live worker has its previous version. */
export const definitionFiles = async (store: DefinitionReadings): Promise<DefinitionFiles> => {
  const sources = await store.definitions();
  if (sources.length === 0) return { told: true, missing: () => null };
  const live = sources.filter((source) => source.live);
  const said = live.length > 0 ? live : sources;
  const defined = new Set(said.flatMap((source) => source.pipelines));
  const broken = new Set(said.flatMap((source) => source.broken).filter((name) => !defined.has(name)));
  for (const name of broken) if (await isServed(store, name)) defined.add(name);
  return {
    told: live.length > 0,
    missing: (name) => {
      if (defined.has(name)) return null;
      return broken.has(name) ? `the file that defines pipeline ${name} is broken` : `no file defines pipeline ${name}`;
    },
  };
};

/** Whether any live worker can run the current version of the pipeline. */
export const isServed = async (store: Omit<DefinitionReadings, 'definitions'>, name: string): Promise<boolean> => {
  const current = await store.pipeline(name as PipelineName);
  if (current === null) return false;
  const [workers, now] = await Promise.all([store.workers(), store.now()]);
  return workers.some((worker) => worker.leaseUntil > now && worker.pipelines.includes(`${name}@${current.version}`));
};
