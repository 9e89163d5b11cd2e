/**
 * The in-memory twin of the store: the reference for the Redis scripts, and the store of tests that skip time. It
 * decides by the domain's tables and throws on an illegal move. Its answers share no memory with its state.
 */
import type { Control, Feed, Store } from '../ports/index.ts';
import { LIMITS } from '../domain/index.ts';
import type { Clock } from './clock.ts';
import { renewBudget } from './cut.ts';
import { emptyDeployment } from './deployment.ts';
import { type Direct, readings } from './readings.ts';
import { transitions } from './transitions.ts';

export type MemoryStore = Store & Feed & Control;

export interface MemoryStoreOptions {
  readonly clock: Clock;
  readonly random: () => number;
  readonly stagesPerStep?: number;
}

/**
 * `random` is in [0, 1) and scales the jitter of retry delays; `stagesPerStep` cuts transitions like a script's budget.
 */
export const memoryStore = ({
  clock,
  random,
  stagesPerStep = LIMITS.jobs_per_script,
}: MemoryStoreOptions): MemoryStore => {
  let instant = clock.now();
  const deployment = emptyDeployment({ now: () => instant }, random, stagesPerStep);
  const begin = (): void => {
    instant = clock.now();
    renewBudget(deployment);
    deployment.cut.unfinished.clear();
  };
  return {
    ...answering<Store>({ ...transitions(deployment), ...readings(deployment) }, begin),
    subscribe: (listener) => listen(deployment.listeners, listener),
    onCancel: (listener) => listen(deployment.cancelListeners, listener),
  };
};

/**
 * Each verb takes and answers copies, so that callers and the deployment cannot change each other's values.
 * `begin` reads the clock once per step: all records of one transition have the same instant.
 */
const answering = <Port>(verbs: Direct<Port>, begin: () => void): Port =>
  Object.fromEntries(
    Object.entries<(...given: unknown[]) => unknown>(verbs).map(([verb, decide]) => [
      verb,
      async (...given: unknown[]) => {
        begin();
        return structuredClone(decide(...structuredClone(given)));
      },
    ]),
  ) as Port;

const listen = async <L>(listeners: Set<L>, listener: L): Promise<() => Promise<void>> => {
  listeners.add(listener);
  return async () => void listeners.delete(listener);
};
