/** Plays a scenario on a store to its end, and keeps every answer. */
import {
  type Gate,
  type GateActor,
  isTerminalRun,
  MillraceError,
  type Pipeline,
  type RunId,
  type WorkerId,
} from '../../domain/index.ts';
import type { Advance, AdvanceAnswer, Claim, DecideGate, Outcome, StartRun } from '../../ports/index.ts';
import { openingOf } from './pipelines.ts';
import { type Rig, retryOf, startOf } from './rig.ts';
import type { Code, Command, Ending, Scenario } from './scenario.ts';
import { BOOM, refOf, type TestWorker, testWorker } from './test-worker.ts';

export interface Played {
  /** What each command was answered, in order; null where there was nothing to do. */
  readonly answers: readonly unknown[];
  readonly runIds: readonly RunId[];
  /** Runs that took their pipeline's overlap lock. */
  readonly slotRuns: ReadonlyMap<string, readonly RunId[]>;
}

/**
 * After the commands every run is brought to its end: workers succeed at all that is left. Fails if that takes for
 * ever. `look` is called after each command.
 */
export const play = async (
  rig: Rig,
  { pipelines, codes, commands }: Scenario,
  look: () => Promise<void> = async () => {},
): Promise<Played> => {
  for (const pipeline of pipelines) await rig.register(pipeline);
  const theatre = await setUp(rig, pipelines, codes);
  const answers: unknown[] = [];
  for (const command of commands) {
    answers.push(await act(theatre, command));
    await look();
  }
  await finish(theatre);
  const slotRuns = new Map(
    pipelines.map(({ name }) => [
      name as string,
      theatre.starts.filter((start) => start.pipeline === name && start.overlap !== 'allow').map(({ runId }) => runId),
    ]),
  );
  return { answers, runIds: theatre.starts.map(({ runId }) => runId), slotRuns };
};

interface Theatre {
  readonly rig: Rig;
  readonly pipelines: readonly Pipeline[];
  readonly codes: readonly Code[];
  /** Accepted starts, in order. */
  readonly starts: StartRun[];
  readonly workers: Actor[];
  /** Every claim ever made. */
  readonly claims: Claim[];
  /** The last decision that was sent. */
  decision: DecideGate | null;
  named: number;
}

/** The first one starts all runs, the last one decides nothing. */
const PEOPLE: readonly GateActor[] = [
  { name: 'ann', role: 'operator' },
  { name: 'bob', role: 'operator' },
  { name: 'eve', role: 'admin' },
  { name: 'vic', role: 'viewer' },
];
interface Actor {
  worker: TestWorker;
  claim: Claim | null;
  /** In a second slot. */
  beside: Claim | null;
  /** In further slots that ask together. */
  readonly many: Map<string, Claim>;
  last: Advance | null;
}

const setUp = async (rig: Rig, pipelines: readonly Pipeline[], codes: readonly Code[]): Promise<Theatre> => {
  const theatre: Theatre = { rig, pipelines, codes, starts: [], workers: [], claims: [], decision: null, named: 0 };
  for (let i = 0; i < 3; i++) theatre.workers.push(await hire(theatre));
  return theatre;
};

const hire = async (theatre: Theatre): Promise<Actor> => {
  const number = theatre.named++;
  return {
    worker: await testWorker(theatre.rig, `w${number}`, known(theatre, theatre.codes[number % theatre.codes.length]!)),
    claim: null,
    beside: null,
    many: new Map(),
    last: null,
  };
};

const known = ({ pipelines }: Theatre, code: Code): readonly Pipeline[] =>
  pipelines.filter(({ name }) => code === 'both' || code === name);

const act = async (theatre: Theatre, command: Command): Promise<unknown> => {
  const { rig, starts, workers, claims } = theatre;
  switch (command.do) {
    case 'start':
      return start(theatre, command);
    case 'retry':
      return retry(theatre, command);
    case 'miss_tick':
      return rig.store.recordTick({
        scheduleId: 'nightly',
        instant: command.instant,
        outcome: 'missed',
        reason: 'down',
      });
    case 'wait':
      await rig.pass(command.ms);
      return rig.store.fireTimeouts(100);
    case 'rerun': {
      const known = starts[command.run % starts.length];
      const stages = theatre.pipelines.find(({ name }) => name === known?.pipeline)?.stages ?? [];
      const stage = stages[command.stage % stages.length]?.name;
      if (!known || !stage) return null;
      const { downstream, key } = command;
      if (key !== null)
        return rig.rerun(known.runId, stage, {
          downstream,
          idempotency: { key: `c${key}`, bodyHash: `${downstream}` },
        });
      const { runId } = known;
      return rig.store.rerunStage({
        runId,
        stage,
        downstream,
        gate: null,
        ifSeq: null,
        by: 'rae',
        reason: null,
        idempotency: null,
      });
    }
    case 'pause_all':
    case 'resume_all': {
      const pipeline = theatre.pipelines[command.pipeline]?.name ?? null;
      const paused = command.do === 'pause_all';
      const changed = await rig.store.setPause({ pipeline, paused, by: 'eve', reason: null });
      if (command.follows) await rig.store.followPauses(starts.map(({ runId }) => runId));
      return changed;
    }
    case 'sweep': {
      let repaired = 0;
      for (let cursor: string | null = null; cursor !== '0'; ) {
        const pass = await rig.store.reconcile(cursor ?? '0', 1_000);
        repaired += pass.repaired;
        cursor = pass.cursor;
      }
      return repaired;
    }
    case 'late': {
      const late = claims.filter(
        (claim) => !workers.some((actor) => heldBy(actor).some((held) => isSame(held, claim))),
      );
      const claim = late[command.claim % late.length];
      return claim ? workers[0]!.worker.send(claim, resultOf(theatre, claim, command.how)) : null;
    }
    case 'decide':
      return decide(theatre, command);
    case 'start_again':
    case 'pause':
    case 'resume':
    case 'cancel':
    case 'cancel_failing': {
      const known = starts[command.run % starts.length];
      if (!known) return null;
      if (command.do === 'pause') return rig.store.pauseRun({ runId: known.runId, by: 'ann', reason: null });
      if (command.do === 'resume') return rig.resume(known.runId);
      return command.do === 'start_again'
        ? rig.store.startRun(known)
        : rig.cancel(known.runId, command.do === 'cancel' ? {} : { failWith: BOOM });
    }
    default:
      return actAsWorker(theatre, command);
  }
};

const start = async (theatre: Theatre, command: Command & { do: 'start' }): Promise<unknown> => {
  const pipeline = theatre.pipelines[command.pipeline]!;
  const subset = pipeline.stages.filter(({ index }) => (command.subset >> index) & 1).map(({ name }) => name);
  const asked: StartRun = {
    ...startOf(pipeline),
    runId: idOf(theatre.starts.length),
    overlap: command.overlap,
    stages: subset.length === 0 || subset.length === pipeline.stages.length ? null : subset,
    trigger:
      command.tick === null ? { kind: 'manual' } : { kind: 'schedule', scheduleId: 'nightly', tick: command.tick },
    idempotency: command.key === null ? null : { key: `k${command.key}`, bodyHash: `h${command.hash}` },
  };
  const answer = await theatre.rig.store.startRun(asked);
  if (answer.kind === 'started' || answer.kind === 'queued') theatre.starts.push(asked);
  return answer;
};

const retry = async (theatre: Theatre, command: Command & { do: 'retry' }): Promise<unknown> => {
  const { rig, starts, pipelines } = theatre;
  const known = starts[command.run % starts.length];
  const source = known && (await rig.run(known.runId));
  if (!source || !isTerminalRun(source.status)) return null;
  const pipeline = pipelines.find(({ name }) => name === source.pipeline)!;
  const from = command.from === null ? null : source.stages[command.from % source.stages.length]!.stage;
  try {
    const downstream = from === null || command.downstream;
    const asked: StartRun = {
      ...known,
      runId: idOf(starts.length),
      idempotency: null,
      ...retryOf({ source, ran: pipeline, pipeline }, { from, downstream }),
    };
    const answer = await rig.store.startRun(asked);
    if (answer.kind === 'started' || answer.kind === 'queued') starts.push(asked);
    return answer;
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
};

const idOf = (number: number): RunId => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}` as RunId;

const actAsWorker = async (theatre: Theatre, command: Extract<Command, { worker: number }>): Promise<unknown> => {
  const actor = theatre.workers[command.worker]!;
  const { rig } = theatre;
  const { claim, worker } = actor;
  switch (command.do) {
    case 'claim':
      return claim ? null : advance(theatre, actor, { ...advanceOf(worker.id), fetch: true });
    case 'claim_beside': {
      if (!claim || actor.beside) return null;
      // What its worker's loss does first is done to the newest claim: the order must be plain.
      await rig.pass(2);
      const answer = await rig.store.advance({ ...advanceOf(worker.id), slot: 'two', fetch: true });
      actor.beside = answer.claim;
      if (answer.claim) theatre.claims.push(answer.claim);
      await rig.pass(2);
      return answer;
    }
    case 'end_beside': {
      const { beside } = actor;
      actor.beside = null;
      const recorded = beside && (await worker.send(beside, resultOf(theatre, beside, command.how)));
      await rig.pass(2);
      return recorded;
    }
    case 'together':
      return advanceTogether(theatre, actor, command);
    case 'end':
      return (
        claim &&
        advance(theatre, actor, {
          ...advanceOf(worker.id),
          outcome: { ...refOf(claim), result: resultOf(theatre, claim, command.how) },
          fetch: command.fetch && !DELAYS.has(command.how),
        })
      );
    case 'repeat':
      return actor.last && advance(theatre, actor, actor.last);
    case 'report':
      return (
        claim &&
        rig.store.report(refOf(claim), [
          { type: 'stage.progress', data: { fraction: 0.5 } },
          { type: 'checkpoint', json: `{"by":${command.worker},"attempt":${claim.attempt}}` },
        ])
      );
    case 'learn':
      return worker.learn(known(theatre, command.code), heldBy(actor));
    case 'renew':
      return worker.renew(heldBy(actor));
    case 'forget':
      if (!claim) return null;
      await rig.pass(2);
      await worker.renew(heldBy(actor));
      await rig.pass(2);
      actor.claim = actor.beside = actor.last = null;
      actor.many.clear();
      return worker.renew([]);
    case 'die':
      await worker.die(1);
      Object.assign(actor, await hire(theatre));
      return null;
    case 'release':
      await rig.store.releaseWorker(worker.id);
      Object.assign(actor, await hire(theatre));
      return null;
  }
};

/**
 * What delays a stage must be over before the next claim, and no two stages may come due in one instant: their order is
 * not promised.
 */
const DELAYS: ReadonlySet<Ending> = new Set(['retryable', 'handed_back_later', 'lacks_code']);

const advance = async (theatre: Theatre, actor: Actor, command: Advance): Promise<AdvanceAnswer> => {
  const answer = await theatre.rig.store.advance(command);
  for (const runId of answer.expand) await theatre.rig.expand(runId);
  actor.last = command;
  if (command.outcome && actor.claim && isSame(actor.claim, command.outcome)) actor.claim = null;
  if (answer.claim && !theatre.claims.some((claim) => isSame(claim, answer.claim!))) theatre.claims.push(answer.claim);
  actor.claim = answer.claim ?? actor.claim;
  if (!command.fetch && command.outcome) await theatre.rig.pass(2);
  return answer;
};

/** Slots that ask in one call: each ends what it holds, and claims anew. */
const advanceTogether = async (
  theatre: Theatre,
  actor: Actor,
  { slots, how }: Command & { do: 'together' },
): Promise<unknown> => {
  const { rig, claims } = theatre;
  await rig.pass(2);
  const commands = Array.from({ length: slots }, (_, at): Advance => {
    const slot = `m${at}`;
    const held = actor.many.get(slot);
    const outcome =
      held === undefined ? null : { ...refOf(held), result: resultOf(theatre, held, how[at % how.length]!) };
    return { ...advanceOf(actor.worker.id), slot, outcome, fetch: at % 3 !== 2 };
  });
  const answers = await rig.store.advanceAll(commands);
  for (const [at, { claim }] of answers.entries()) {
    actor.many.delete(commands[at]!.slot);
    if (!claim) continue;
    actor.many.set(commands[at]!.slot, claim);
    if (!claims.some((known) => isSame(known, claim))) claims.push(claim);
  }
  for (const runId of answers.flatMap(({ expand }) => expand)) await rig.expand(runId);
  await rig.pass(2);
  return answers;
};

const advanceOf = (worker: WorkerId): Advance => ({
  worker,
  queue: 'default',
  slot: 'one',
  outcome: null,
  fetch: false,
});

const heldBy = ({ claim, beside, many }: Actor): readonly Claim[] => [
  ...[claim, beside].filter((held) => held !== null),
  ...many.values(),
];

const isSame = (
  one: Pick<Claim, 'runId' | 'stageIndex' | 'fence'>,
  other: Pick<Claim, 'runId' | 'stageIndex' | 'fence'>,
): boolean => one.runId === other.runId && one.stageIndex === other.stageIndex && one.fence === other.fence;

const resultOf = (theatre: Theatre, claim: Claim, how: Ending): Outcome => {
  switch (how) {
    case 'gate':
    case 'gate_approved':
    case 'gate_rejected':
      return gateOf(theatre, claim, how) ?? resultOf(theatre, claim, 'succeeded');
    case 'succeeded':
      return { kind: 'succeeded', outputJson: '{"n":1}' };
    case 'retryable':
    case 'final':
      return { kind: 'failed', error: BOOM, retryable: how === 'retryable' };
    case 'cancelled':
      return { kind: 'cancelled', reason: 'told to' };
    case 'handed_back':
    case 'handed_back_later':
      return { kind: 'handed_back', reason: 'drain', delayMs: how === 'handed_back' ? 0 : 1 };
    case 'lacks_code':
      return { kind: 'handed_back', reason: 'no_compatible_version', delayMs: 1 };
  }
};

/** Null: its stage has none. */
const gateOf = ({ pipelines }: Theatre, { pipeline: name, stage }: Claim, how: Ending): Outcome | null => {
  const pipeline = pipelines.find((one) => one.name === name)!;
  if (!pipeline.stages.some((one) => one.name === stage && one.gate)) return null;
  const verdict = how === 'gate' ? 'ask' : how === 'gate_approved' ? 'approve' : 'reject';
  return { kind: 'gate', opening: openingOf(pipeline, stage, { verdict }) };
};

const allGates = async ({ rig, starts }: Theatre): Promise<readonly Gate[]> =>
  (await Promise.all(starts.map(({ runId }) => rig.store.gatesOfRun(runId)))).flat();

const decide = async (theatre: Theatre, command: Command & { do: 'decide' }): Promise<unknown> => {
  const gates = await allGates(theatre);
  const gate = gates[command.gate % gates.length];
  if (!gate) return null;
  const { verb, who, stale, again } = command;
  if (!again || theatre.decision === null)
    theatre.decision = {
      gateId: gate.gateId,
      verb,
      by: PEOPLE[who]!,
      shownDigest: stale ? 'yesterday' : gate.shownDigest,
      notes: who === 1 ? 'noted' : null,
      values: null,
      backTo: null,
      commandId: `c${theatre.named++}`,
    };
  return decided(theatre, theatre.decision);
};

const decided = async ({ rig }: Theatre, decision: DecideGate): Promise<unknown> => {
  const answer = await rig.store.decideGate(decision);
  if ('more' in answer) for (const runId of answer.more) await rig.expand(runId);
  return answer;
};

/** Approves what waits, and resumes what was rejected. */
const passGates = async (theatre: Theatre): Promise<void> => {
  for (const { gateId, shownDigest, status } of await allGates(theatre))
    for (const by of status === 'pending' ? [PEOPLE[1]!, PEOPLE[2]!] : [])
      await decided(theatre, {
        gateId,
        verb: 'approve',
        by,
        shownDigest,
        notes: null,
        values: null,
        backTo: null,
        commandId: `c${theatre.named++}`,
      });
  for (const { runId } of theatre.starts) await theatre.rig.resume(runId);
};

const finish = async (theatre: Theatre): Promise<void> => {
  const { rig, pipelines, workers } = theatre;
  for (const actor of workers) for (const claim of heldBy(actor)) await actor.worker.succeed(claim);
  const live = async (): Promise<boolean> => {
    for (const { name } of pipelines) if ((await rig.store.liveRuns(name, 1)).length > 0) return true;
    return false;
  };
  for (const pipeline of [null, ...pipelines.map(({ name }) => name)])
    await rig.store.setPause({ pipeline, paused: false, by: 'eve', reason: null });
  await rig.store.followPauses(theatre.starts.map(({ runId }) => runId));
  for (const { runId } of theatre.starts) await rig.resume(runId);
  const last = await testWorker(rig, 'last', pipelines);
  for (let rounds = 0; await live(); rounds++) {
    if (rounds === 100) throw new Error('L1: the runs do not end');
    await passGates(theatre);
    await last.drain();
    // What was cut where nobody is answered waits for the sweep.
    await rig.store.reconcile('0', 0);
    await rig.pass(2);
  }
};
