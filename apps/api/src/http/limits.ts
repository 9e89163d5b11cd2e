import { gateKeyOf, isRunId, MillraceError } from '@millrace/core/domain';
import { scheduleNamed, unknownGate } from '@millrace/core/engine';
import type { Store } from '@millrace/core/ports';
import type { Call, Reply, Route } from './define-route.ts';
import type { Principal } from './roles.ts';

/**
 * Which pipelines an operation is about: a token that is limited to pipelines sees and changes nothing else. `none`: it
 * is about no pipeline. `deployment`: it is about all of them, and refused to such a token.
 */
export type Reach<C = Call> =
  | 'none'
  | 'deployment'
  | {
      /** The pipeline it is about; null: it is not about a certain one. */
      readonly pipelineOf?: (call: C) => Promise<string | null> | string | null;
      /** Of an answer with `items`: the pipeline of each. Those of others are left out. */
      readonly pipelineOfItem?: (item: never) => string;
    };

/** By the parameters of the path; an operation that says nothing is refused to a token that is limited. */
export const reachOfPath = (path: string): Reach =>
  /\{(pipeline|run_id|schedule_id|gate_id)\}/.test(path) ? {} : 'deployment';

export const maySee = ({ pipelines }: Pick<Principal, 'pipelines'>, pipeline: string): boolean =>
  pipelines === null || pipelines.includes(pipeline);

/** @throws MillraceError `forbidden`, whether or not there is such a pipeline */
export const checkPipeline = (principal: Pick<Principal, 'name' | 'pipelines'>, pipeline: string): void => {
  if (!maySee(principal, pipeline)) throw new MillraceError('forbidden', limitOf(principal));
};
const limitOf = ({ name, pipelines }: Pick<Principal, 'name' | 'pipelines'>): string =>
  `${name} is limited to ${pipelines!.length === 1 ? 'the pipeline' : 'the pipelines'} ${pipelines!.join(', ')}`;

/** @throws MillraceError `forbidden` for a principal with a limit */
export const checkWhole = (principal: Pick<Principal, 'name' | 'pipelines'>): void => {
  if (principal.pipelines !== null)
    throw new MillraceError('forbidden', `${limitOf(principal)}, and this is about the whole deployment`);
};

/**
 * Serves a call of a principal that is limited to pipelines: runs, gates and schedules of other pipelines are as
 * unknown as those that there are not.
 */
export const withinLimits = async (
  store: Store,
  route: Route,
  call: Call,
  serve: () => Promise<Reply>,
): Promise<Reply> => {
  const { principal } = call;
  if (principal === null || principal.pipelines === null) return serve();
  const { reach } = route;
  if (reach === 'deployment') checkWhole(principal);
  try {
    const { pipeline, run_id: runId, schedule_id: scheduleId, gate_id: gateId } = call.params;
    if (runId !== undefined) await checkRun(store, principal, runId);
    if (scheduleId !== undefined) await checkSchedule(store, principal, scheduleId);
    if (gateId !== undefined) await checkGate(store, principal, gateId);
    if (pipeline !== undefined) checkPipeline(principal, pipeline);
    if (typeof reach === 'string') return await serve();
    const other = (await reach.pipelineOf?.(call)) ?? null;
    if (other !== null) checkPipeline(principal, other);
    return itemsWithin(principal, await serve(), reach.pipelineOfItem);
  } catch (error) {
    throw withoutSuggestions(error);
  }
};

const checkRun = async (store: Store, principal: Principal, runId: string): Promise<void> => {
  const run = isRunId(runId) ? await store.runSummary(runId) : null;
  if (run === null || !maySee(principal, run.pipeline))
    throw new MillraceError('unknown_run', `there is no run "${runId.slice(0, 60)}"`);
};

const checkGate = async (store: Store, principal: Principal, id: string): Promise<void> => {
  const key = gateKeyOf(id);
  const run = key && isRunId(key.runId) ? await store.runSummary(key.runId) : null;
  if (run === null || !maySee(principal, run.pipeline)) throw unknownGate(id);
};

const checkSchedule = async (store: Store, principal: Principal, id: string): Promise<void> => {
  const { pipeline } = await scheduleNamed(store, id);
  if (!maySee(principal, pipeline)) throw new MillraceError('unknown_schedule', '');
};

const itemsWithin = (principal: Principal, reply: Reply, pipelineOf: ((item: never) => string) | undefined): Reply => {
  if (pipelineOf === undefined || typeof reply === 'function') return reply;
  const { items, ...rest } = reply.json as { readonly items: readonly never[] };
  return { ...reply, json: { items: items.filter((item) => maySee(principal, pipelineOf(item))), ...rest } };
};

/** Suggestions of similar names would tell names of other pipelines. */
const withoutSuggestions = (error: unknown): unknown =>
  error instanceof MillraceError && (error.code === 'unknown_pipeline' || error.code === 'unknown_schedule')
    ? new MillraceError(error.code, 'there is none of this name that the token may see')
    : error;
