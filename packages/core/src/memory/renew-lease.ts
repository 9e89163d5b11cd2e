/** Registers a worker or renews its lease, and compares its claims with the recorded ones. */
import type { WorkerId } from '../domain/index.ts';
import type { Claim, ClaimRef, LeaseAnswer, RenewLease } from '../ports/index.ts';
import { type Held, heldBy, newestFirst } from './claims.ts';
import type { Deployment, WorkerRecord } from './deployment.ts';
import { handBack } from './end-stage.ts';
import { publishWorkers } from './event-log.ts';

/** A lease that ended but was not rescued yet can still be renewed: the worker's claims are still the newest. */
export const renewLease = (
  deployment: Deployment,
  { worker: id, ttlMs, info, register, held, ordinal }: RenewLease,
): LeaseAnswer => {
  const now = deployment.clock.now();
  const known = deployment.workers.get(id);
  if (!known && !register) return { registered: false, fenced: held, cancel: [], orphans: 0 };
  if (JSON.stringify(known?.info) !== JSON.stringify(info)) publishWorkers(deployment);
  const worker: WorkerRecord = known ?? {
    worker: id,
    info,
    registeredAt: now,
    renewedAt: now,
    ordinal: null,
    leaseUntil: 0,
    leaseMs: ttlMs,
    apart: null,
    judged: null,
    slots: new Map(),
  };
  deployment.workers.set(id, worker);
  const isRepeated = ordinal !== undefined && ordinal === worker.ordinal;
  const orphans = isRepeated ? 0 : handBackOrphans(deployment, worker, held);
  // A resent renewal is no newer than the original: replies with claims granted since may still be under way at the
  // next one.
  if (!isRepeated) worker.renewedAt = now;
  Object.assign(worker, { info, ordinal: ordinal ?? null, leaseUntil: now + ttlMs, leaseMs: ttlMs });
  return { registered: true, ...judge(deployment, id, held), orphans };
};

/** A claim the worker does not hold although it was granted before the last renewal: its reply was lost. */
const handBackOrphans = (deployment: Deployment, worker: WorkerRecord, held: readonly ClaimRef[]): number => {
  const orphans = newestFirst(worker).filter(
    (claim) => claim.startedAt < worker.renewedAt && !held.some((ref) => isSame(ref, claim)),
  );
  for (const orphan of orphans) {
    const { run, stage } = heldBy(deployment, orphan)!;
    handBack(deployment, run, stage, 'lost_reply');
  }
  return orphans.length;
};

const isSame = (ref: ClaimRef, claim: Claim): boolean =>
  ref.runId === claim.runId && ref.stageIndex === claim.stageIndex && ref.fence === claim.fence;

const judge = (
  deployment: Deployment,
  id: WorkerId,
  held: readonly ClaimRef[],
): Pick<LeaseAnswer, 'fenced' | 'cancel'> => {
  const found = held.map((ref) => ({ ref, held: ownedBy(deployment, id, ref) }));
  return {
    fenced: found.filter((each) => !each.held).map(({ ref }) => ref),
    cancel: found.flatMap(({ ref, held: own }) =>
      own?.run.cancel
        ? [{ ...ref, reason: own.run.cancel.reason ?? 'cancelled', graceMs: own.run.cancel.graceMs }]
        : [],
    ),
  };
};

const ownedBy = (deployment: Deployment, id: WorkerId, ref: ClaimRef): Held | null => {
  const held = heldBy(deployment, ref);
  return held?.stage.worker === id ? held : null;
};
