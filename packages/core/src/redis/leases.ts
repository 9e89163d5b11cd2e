import { jobIdOf, type WorkerId } from '../domain/index.ts';
import type { ClaimRef, LeaseAnswer, RenewLease, RescueAnswer } from '../ports/index.ts';
import { type Database, runScript } from './script.ts';

export const renewLease = async (db: Database, command: RenewLease): Promise<LeaseAnswer> => {
  const { held } = command;
  const [registered, orphans, fenced, cancelled] = (await runScript(db, 'renew_lease', [
    command.worker,
    command.ttlMs,
    command.register ? '1' : '0',
    JSON.stringify(command.info),
    command.ordinal ?? '',
    ...held.flatMap(packHeld),
  ])) as [number, number, number[], string[]];
  const first = { fenced: fenced.map((place) => held[place]!), cancel: readCancels(cancelled, held) };
  if (registered === 0 || held.length <= COMPARED) return { registered: registered === 1, orphans, ...first };
  const others = await Promise.all(slicesOf(held.slice(COMPARED)).map((slice) => compareClaims(db, command.worker, slice)));
  const all = [first, ...others];
  return { registered: true, orphans, fenced: all.flatMap(({ fenced: each }) => each), cancel: all.flatMap(({ cancel }) => cancel) };
};

/** Claims that one script compares: renew_lease.lua, and then compare_claims.lua. */
const COMPARED = 100;

const slicesOf = (held: readonly ClaimRef[]): readonly (readonly ClaimRef[])[] =>
  Array.from({ length: Math.ceil(held.length / COMPARED) }, (_, at) => held.slice(at * COMPARED, (at + 1) * COMPARED));

const packHeld = (claim: ClaimRef) => [jobIdOf(claim.runId, claim.stageIndex, claim.generation), claim.fence, claim.attempt];

const compareClaims = async (db: Database, worker: WorkerId, held: readonly ClaimRef[]): Promise<Pick<LeaseAnswer, 'fenced' | 'cancel'>> => {
  const [fenced, cancelled] = (await runScript(db, 'compare_claims', [worker, ...held.flatMap(packHeld)])) as [number[], string[]];
  return { fenced: fenced.map((place) => held[place]!), cancel: readCancels(cancelled, held) };
};

const readCancels = (flat: readonly string[], held: readonly ClaimRef[]): LeaseAnswer['cancel'] => {
  const cancels = [];
  for (let at = 0; at < flat.length; at += 3) {
    const reason = JSON.parse(flat[at + 1]!) as string | null;
    cancels.push({ ...held[Number(flat[at])]!, reason: reason ?? 'cancelled', graceMs: JSON.parse(flat[at + 2]!) as number | null });
  }
  return cancels;
};

export const releaseWorker = async (db: Database, worker: WorkerId): Promise<void> => {
  for (let more = '1'; more === '1'; ) [, more] = (await runScript(db, 'release_worker', [worker])) as [number, string];
};

export const rescueLost = async (db: Database, options: { maxLost: number; limit: number; latest?: number }): Promise<RescueAnswer> => {
  const latest = options.latest === undefined ? '' : Math.ceil(options.latest);
  const workers: WorkerId[] = [];
  let stages = 0;
  for (let more = true; more && stages < options.limit; ) {
    const [worker, taken, again] = (await runScript(db, 'rescue_lost', [options.maxLost, options.limit - stages, latest])) as [string, number, string];
    if (worker !== '') workers.push(worker as WorkerId);
    stages += taken;
    more = again === '1';
  }
  return { workers, stages };
};
