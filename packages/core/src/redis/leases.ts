import type { WorkerId } from '../domain/index.ts';
import type { ClaimRef, LeaseAnswer, RenewLease, RescueAnswer } from '../ports/index.ts';
import { pack } from './layout/packed.ts';
import { JOB } from './layout/records.ts';
import type { ReplyOf } from './layout/signatures.ts';
import { type Database, runScript } from './script.ts';

export const renewLease = async (db: Database, command: RenewLease): Promise<LeaseAnswer> => {
  const { worker, ttlMs, register, info, ordinal = null, held } = command;
  const { registered, orphans, ...answer } = await runScript(db, 'renew_lease', {
    worker,
    ttlMs,
    register,
    info,
    ordinal,
    held: held.map(packHeld),
  });
  const first = readCompared(answer, held);
  if (!registered || held.length <= COMPARED) return { registered, orphans, ...first };
  const others = await Promise.all(slicesOf(held.slice(COMPARED)).map((slice) => compareClaims(db, worker, slice)));
  const all = [first, ...others];
  return {
    registered,
    orphans,
    fenced: all.flatMap(({ fenced }) => fenced),
    cancel: all.flatMap(({ cancel }) => cancel),
  };
};

/** Claims compared per script: by renew_lease.lua, then by compare_claims.lua. */
const COMPARED = 100;

const slicesOf = (held: readonly ClaimRef[]): readonly (readonly ClaimRef[])[] =>
  Array.from({ length: Math.ceil(held.length / COMPARED) }, (_, at) => held.slice(at * COMPARED, (at + 1) * COMPARED));

const packHeld = ({ runId: run, stageIndex: stage, generation, fence, attempt }: ClaimRef) => ({
  job: pack(JOB, { run, stage, generation }),
  fence,
  attempt,
});

const compareClaims = async (db: Database, worker: WorkerId, held: readonly ClaimRef[]) =>
  readCompared(await runScript(db, 'compare_claims', { worker, held: held.map(packHeld) }), held);

const readCompared = (
  { fenced, cancelled }: Pick<ReplyOf<'compare_claims'>, 'fenced' | 'cancelled'>,
  held: readonly ClaimRef[],
): Pick<LeaseAnswer, 'fenced' | 'cancel'> => ({
  fenced: fenced.map((place) => held[place]!),
  cancel: cancelled.map(({ place, reason, graceMs }) => ({ ...held[place]!, reason: reason ?? 'cancelled', graceMs })),
});

export const releaseWorker = async (db: Database, worker: WorkerId): Promise<void> => {
  for (let more = true; more; ) ({ more } = await runScript(db, 'release_worker', { worker }));
};

export const rescueLost = async (
  db: Database,
  options: { maxLost: number; limit: number; latest?: number },
): Promise<RescueAnswer> => {
  const latest = options.latest === undefined ? null : Math.ceil(options.latest);
  const workers: WorkerId[] = [];
  let stages = 0;
  for (let more = true; more && stages < options.limit; ) {
    const taken = await runScript(db, 'rescue_lost', {
      maxLost: options.maxLost,
      limit: options.limit - stages,
      latest,
    });
    if (taken.worker !== null) workers.push(taken.worker as WorkerId);
    stages += taken.stages;
    more = taken.more;
  }
  return { workers, stages };
};
