/**
 * The in-memory twin of the store: the reference that the Redis scripts are compared with, and the store of tests that skip time.
 * It decides by the domain's tables and throws on an illegal move. Nothing that it answers shares memory with what it keeps.
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

/** `random` is in [0, 1) and stretches the delays of retries by their jitter; `stagesPerStep` cuts transitions as the budget of a script does. */
export const memoryStore = ({ clock, random, stagesPerStep = LIMITS.jobs_per_script }: MemoryStoreOptions): MemoryStore => {
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
 * `begin` reads the clock once for the whole step: what one transition records, it records at one instant.
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
