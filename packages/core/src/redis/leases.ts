import { jobIdOf, type WorkerId } from '../domain/index.ts';
import type { ClaimRef, LeaseAnswer, RenewLease, RescueAnswer } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';

export const renewLease = async (db: Database, command: RenewLease): Promise<LeaseAnswer> => {
  const held = new Map(command.held.map((claim) => [jobIdOf(claim.runId, claim.stageIndex, claim.generation), claim]));
  const [registered, orphans, fenced, cancelled] = (await runScript(db, 'renew_lease', [
    command.worker,
    command.ttlMs,
    command.register ? '1' : '0',
    JSON.stringify(command.info),
    ...[...held].flatMap(([id, claim]) => [id, claim.fence]),
  ])) as [number, number, string[], string[]];
  return {
    registered: registered === 1,
    orphans,
    fenced: fenced.map((id) => held.get(id)!),
    cancel: readCancels(cancelled, held),
  };
};

const readCancels = (flat: readonly string[], held: ReadonlyMap<string, ClaimRef>): LeaseAnswer['cancel'] => {
  const cancels = [];
  for (let at = 0; at < flat.length; at += 3) {
    const reason = JSON.parse(flat[at + 1]!) as string | null;
    cancels.push({ ...held.get(flat[at]!)!, reason: reason ?? 'cancelled', graceMs: JSON.parse(flat[at + 2]!) as number | null });
  }
  return cancels;
};

export const releaseWorker = async (db: Database, worker: WorkerId): Promise<void> => {
  await runScript(db, 'release_worker', [worker]);
};

export const rescueLost = async (db: Database, options: { maxLost: number; limit: number }): Promise<RescueAnswer> => {
  const workers: WorkerId[] = [];
  let stages = 0;
  while (workers.length < options.limit) {
    const [worker, rescued] = (await runScript(db, 'rescue_lost', [options.maxLost])) as [string, number];
    if (worker === '') break;
    workers.push(worker as WorkerId);
    stages += rescued;
  }
  return { workers, stages };
};
