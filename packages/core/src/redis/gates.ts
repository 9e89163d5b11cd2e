import {
  type Gate,
  type GateDecision,
  type GateDefinition,
  type GateId,
  gateIdOf,
  gateKeyOf,
  type GateOpening,
  type GateVote,
  mayDecide,
  noRequestsForChanges,
  type PipelineName,
  principalsOf,
  principalsOfActor,
  type RunId,
  type ShownStage,
  type StageName,
} from '../domain/index.ts';
import type { DecideGate, GateAnswer, ListGates } from '../ports/index.ts';
import { pack, storedNames, unpack } from './layout/packed.ts';
import { FEEDBACK, GATE, GATE_NAME, GATES, RUN } from './layout/records.ts';
import { type Database, runScript } from './script.ts';

const STORED = storedNames(GATES);

/** What `advance` is sent with the outcome `gate`. */
export const gatePayload = (opening: GateOpening): string => {
  const { definition, shown, shownDigest, verdict, reason, outputJson } = opening;
  return JSON.stringify({
    kind: definition.kind,
    rules: JSON.stringify(rulesOf(opening)),
    shown: JSON.stringify({ definition, shown }),
    digest: shownDigest,
    verdict,
    reason: JSON.stringify(reason),
    ...(outputJson === null ? {} : { output: outputJson }),
  });
};

/** The record GATE_RULES. */
const rulesOf = ({ definition, dependsOnIndexes }: GateOpening) => {
  const { escalate, quorum, starterMayApprove, notes, dependsOn, timeout, onTimeout } = definition;
  return {
    principals: principalsOf({ definition, openedAt: 0 }, 0),
    added: escalate.map(({ addApprovers }) => addApprovers.map((name) => `name:${name}`)),
    after: escalate.map(({ after }) => after),
    notify: escalate.map(({ notify }) => notify),
    quorum,
    starter: starterMayApprove,
    notes,
    depends_on: dependsOn.map((name, at) => [name, dependsOnIndexes[at]]),
    timeout: timeout ?? 0,
    on_timeout: onTimeout,
  };
};

export const decideGate = async (db: Database, request: DecideGate): Promise<GateAnswer> => {
  const { gateId, verb, by, shownDigest, notes, values, commandId } = request;
  const key = gateKeyOf(gateId);
  if (key === null) return { kind: 'unknown' };
  if (verb === 'request_changes') throw noRequestsForChanges();
  const { kind, waitsFor, expand } = await runScript(db, 'decide_gate', {
    runId: key.runId,
    gate: pack(GATE_NAME, key),
    verb,
    name: by.name,
    principals: principalsOfActor(by).join(' '),
    by: { name: by.name, role: by.role },
    shownDigest,
    notes,
    isSilent: notes === null || notes.trim() === '',
    values,
    commandId,
  });
  const now = kind === 'unknown' ? null : await gate(db, gateId);
  if (now === null || kind === 'unknown') return { kind: 'unknown' };
  if (kind === 'waits') return { kind, gate: now, for: waitsFor };
  if (kind === 'not_an_approver' || kind === 'no_vote' || kind === 'notes_needed') return { kind, gate: now };
  return { kind, gate: now, more: expand };
};

export const gate = async (db: Database, gateId: GateId): Promise<Gate | null> => (await readGates(db, [gateId]))[0]!;

/** Gates read with one round trip. */
const AT_ONCE = 100;

const FIELDS = [STORED.state, STORED.facts, STORED.starter, STORED.previous, STORED.votes, STORED.decision] as const;

/** In their order; null for one that is not there any more. */
const readGates = async (db: Database, gateIds: readonly string[]): Promise<readonly (Gate | null)[]> => {
  const found: (Gate | null)[] = [];
  for (let from = 0; from < gateIds.length; from += AT_ONCE) {
    const keys = gateIds.slice(from, from + AT_ONCE).map(gateKeyOf);
    const asked = db.redis.pipeline();
    for (const key of keys) {
      if (key === null) continue;
      const name = pack(GATE_NAME, key);
      asked.hmget(db.keys.runGates(key.runId), ...FIELDS.map((field) => `${field}${name}`));
      asked.hget(db.keys.run(key.runId), RUN.fields.pipeline.stored);
    }
    const answers = ((await asked.exec()) ?? []).map(([error, value]) => {
      if (error) throw error;
      return value;
    });
    let at = 0;
    for (const key of keys)
      found.push(key === null ? null : readGate(key, answers[at++] as Stored, answers[at++] as string | null));
  }
  return found;
};

type Stored = readonly (string | null)[];

const readGate = (
  key: NonNullable<ReturnType<typeof gateKeyOf>>,
  [state, facts, starter, previous, votes, decision]: Stored,
  pipeline: string | null,
): Gate | null => {
  if (!state || !facts || pipeline === null) return null;
  const { state: status, kind, openedAt, deadline, digest } = unpack(GATE, state);
  const { definition, shown } = JSON.parse(facts) as {
    definition: GateDefinition;
    shown: readonly ShownStage[];
  };
  return {
    ...key,
    gateId: gateIdOf(key),
    pipeline: pipeline as PipelineName,
    kind,
    status,
    openedAt,
    deadline: deadline === 0 ? null : deadline,
    definition,
    starter: JSON.parse(starter ?? 'null') as string | null,
    shownDigest: digest,
    shown,
    votes: (votes ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as GateVote),
    decision: decision ? readDecision(decision) : null,
    previous: previous ? (`${key.runId}.${previous}` as GateId) : null,
  };
};

const readDecision = (json: string): GateDecision => {
  const { back_to: backTo, ...decision } = JSON.parse(json) as GateDecision & { back_to: StageName | null };
  const { by, via, at, notes, values } = decision;
  return { by, via, at, notes, values, backTo };
};

export const gatesOfRun = async (db: Database, runId: RunId): Promise<readonly Gate[]> => {
  const all = await db.redis.hget(db.keys.runGates(runId), STORED.all);
  const gates = await readGates(db, all === null ? [] : all.split(' ').map((name) => `${runId}.${name}`));
  return gates.filter((one) => one !== null);
};

export const gateOfStage = async (db: Database, runId: RunId, stage: StageName): Promise<Gate | null> => {
  const name = await db.redis.hget(db.keys.runGates(runId), `${STORED.newest}${stage}`);
  return name === null ? null : gate(db, `${runId}.${name}` as GateId);
};

export const feedbackOf = async (
  db: Database,
  runId: RunId,
  stage: StageName,
  generation: number,
): Promise<Gate | null> => {
  const packed = await db.redis.hget(db.keys.runGates(runId), `${STORED.feedback}${stage}`);
  const told = packed === null ? null : unpack(FEEDBACK, packed);
  return told?.generation === generation ? gate(db, `${runId}.${told.gate}` as GateId) : null;
};

export const lastApproved = async (db: Database, pipeline: PipelineName, stage: StageName): Promise<Gate | null> => {
  const gateId = await db.redis.hget(db.keys.approvedGates, `${pipeline}/${stage}`);
  return gateId === null ? null : gate(db, gateId as GateId);
};

/** Of these pipelines. */
export const pendingGates = async (
  db: Database,
  pipelines: readonly string[],
): Promise<Readonly<Record<string, number>>> => {
  const counted = await Promise.all(pipelines.map((name) => db.redis.zcard(db.keys.pipelineGates(name))));
  return Object.fromEntries(pipelines.flatMap((name, at) => (counted[at] ? [[name, counted[at]] as const] : [])));
};

/** Most gates that are read at once. */
const LOOKED_AT = 500;

interface Listed {
  readonly gateId: string;
  readonly at: number;
}

/**
 * Pages through sorted sets: each list of the gates wanted is read in slices from the cursor on, and they are merged.
 * Closed gates that are filtered by pipeline are looked through, a bounded number for a page.
 */
export const listGates = async (
  db: Database,
  { status, pipeline, mine, limit, cursor }: ListGates,
): Promise<{ readonly items: readonly Gate[]; readonly nextCursor: string | null }> => {
  const lists = listsOf(db, status, pipeline, mine);
  const now = mine === null ? 0 : await nowOf(db);
  const items: Gate[] = [];
  let from = cursor === null ? null : listedOf(cursor);
  for (let looks = 0; looks < 10; looks++) {
    const wanted = Math.min(LOOKED_AT, Math.max(limit + 1, 50));
    const page = await slice(db, lists, status === 'pending', from, wanted);
    const gates = await readGates(
      db,
      page.map(({ gateId }) => gateId),
    );
    for (const [at, one] of gates.entries()) {
      const fits =
        one !== null &&
        (one.status === 'pending') === (status === 'pending') &&
        (pipeline === null || one.pipeline === pipeline) &&
        (mine === null || mayDecide(one, mine, now));
      if (fits && items.length === limit) return { items, nextCursor: nameOf(from!) };
      if (fits) items.push(one);
      from = page[at]!;
    }
    if (page.length < wanted) return { items, nextCursor: null };
  }
  return { items, nextCursor: from && nameOf(from) };
};

const listsOf = (
  { keys }: Database,
  status: ListGates['status'],
  pipeline: ListGates['pipeline'],
  mine: ListGates['mine'],
): readonly string[] => {
  if (status === 'closed') return [keys.closedGates];
  if (mine !== null) return principalsOfActor(mine).map((principal) => keys.principalGates(principal));
  return [pipeline === null ? keys.gates : keys.pipelineGates(pipeline)];
};

const nowOf = async ({ redis }: Database): Promise<number> => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};

const nameOf = ({ at, gateId }: Listed): string => `${at} ${gateId}`;
const listedOf = (cursor: string): Listed => {
  const [at = '', gateId = ''] = cursor.split(' ');
  return { at: Number(at), gateId };
};

/** The first `limit` gates of all lists together after `from`. Of one instant, they are in the order of their ids. */
const slice = async (
  db: Database,
  lists: readonly string[],
  ascending: boolean,
  from: Listed | null,
  limit: number,
): Promise<readonly Listed[]> => {
  const order = ascending ? 1 : -1;
  const isAfter = (one: Listed): boolean => from === null || order * compare(one, from) > 0;
  const read = async (key: string): Promise<readonly Listed[]> => {
    const found: Listed[] = [];
    for (let offset = 0; found.length < limit; offset += limit) {
      const range = [key, from === null ? (ascending ? '-inf' : '+inf') : `${from.at}`] as const;
      const flat = ascending
        ? await db.redis.zrangebyscore(...range, '+inf', 'WITHSCORES', 'LIMIT', offset, limit)
        : await db.redis.zrevrangebyscore(...range, '-inf', 'WITHSCORES', 'LIMIT', offset, limit);
      for (let at = 0; at < flat.length; at += 2) {
        const one = { gateId: flat[at]!, at: Number(flat[at + 1]) };
        if (isAfter(one)) found.push(one);
      }
      if (flat.length < 2 * limit) break;
    }
    return found.slice(0, limit);
  };
  const merged = new Map((await Promise.all(lists.map(read))).flat().map((one) => [one.gateId, one]));
  return [...merged.values()].sort((a, b) => order * compare(a, b)).slice(0, limit);
};

const compare = (a: Listed, b: Listed): number =>
  a.at - b.at || (a.gateId < b.gateId ? -1 : a.gateId > b.gateId ? 1 : 0);
