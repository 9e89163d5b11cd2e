/** The one call of a worker's loop: records outcomes and claims the next stages. */
import type { Advance, AdvanceAnswer } from '../ports/index.ts';
import { claimFrom } from './claim-apart.ts';
import { claimOf } from './claim-next.ts';
import { heldBy } from './claims.ts';
import { unfinished } from './cut.ts';
import type { Deployment, WorkerRecord } from './deployment.ts';
import { nextDueAt, promoteDue, queueOf } from './queues.ts';
import { recordOutcome } from './record-outcome.ts';

/** In their order. Due stages are moved once, before the first claim. */
export const advanceAll = (deployment: Deployment, commands: readonly Advance[]): readonly AdvanceAnswer[] => {
  const first = commands.findIndex(({ fetch }) => fetch);
  const answers = commands.map((command, at) => advance(deployment, command, at === first));
  return answers.map((answer, at) => (at === 0 ? { ...answer, expand: unfinished(deployment) } : answer));
};

/** The outcome is judged by its fence and worker; a claim needs a worker whose lease has not ended. */
const advance = (
  deployment: Deployment,
  { worker: id, queue, slot, outcome, fetch }: Advance,
  looksForDue: boolean,
): AdvanceAnswer => {
  const now = deployment.clock.now();
  const record = deployment.workers.get(id);
  const worker = record && record.leaseUntil > now ? record : null;
  if (looksForDue && worker) promoteDue(queueOf(deployment, queue), now);
  const recorded = outcome && recordOutcome(deployment, id, outcome);
  const { claim, holdsOff } =
    fetch && worker ? claimFor(deployment, worker, slot, queue) : { claim: null, holdsOff: false };
  return {
    recorded,
    claim,
    nextDueAt: nextDueAt(queueOf(deployment, queue)),
    unregistered: worker === null,
    holdsOff,
    expand: [],
  };
};

/** A slot that holds a claim gets it again, as it is now: the first reply was lost. */
const claimFor = (
  deployment: Deployment,
  worker: WorkerRecord,
  slot: string,
  queue: string,
): Pick<AdvanceAnswer, 'claim' | 'holdsOff'> => {
  const known = worker.slots.get(slot);
  const held = known && heldBy(deployment, known);
  return held
    ? { claim: claimOf(held.run, held.stage, known.startedAt), holdsOff: false }
    : claimFrom(deployment, worker, slot, queue);
};
