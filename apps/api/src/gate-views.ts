import {
  compareShown,
  type Gate,
  isTerminalStage,
  type RunId,
  type StageName,
  whyNotDecide,
} from '@millrace/core/domain';
import { everyStage } from '@millrace/core/engine';
import type { ArtifactMeta, Store } from '@millrace/core/ports';
import {
  type Comparison,
  type GateDetails,
  toWireGate,
  toWireListedGate,
  toWireWaitingGate,
  type WireGate,
  type WireListedGate,
  type WireWaitingGate,
} from '@millrace/core/wire';
import type { Principal } from './http/roles.ts';

/** Outputs that a gate's view holds in all, bytes of JSON; those beyond it are read with their stages. */
const OUTPUT_BYTES = 512 * 1024;

export const listedGate = (gate: Gate, principal: Principal, now: number): WireListedGate =>
  toWireListedGate(gate, whyNotDecide(gate, principal, now));

/** The gate with all that is to be judged. */
export const gateView = async (store: Store, gate: Gate, principal: Principal): Promise<WireGate> => {
  const [now, details] = await Promise.all([store.now(), detailsOf(store, gate)]);
  const { waitsFor } = details;
  const whyNot =
    whyNotDecide(gate, principal, now) ??
    (waitsFor.length === 0 ? null : `the gates of ${waitsFor.join(', ')} must be approved first`);
  return toWireGate(gate, whyNot, details);
};

const detailsOf = async (store: Store, gate: Gate): Promise<GateDetails> => {
  const [outputs, artifacts, sincePrevious, sinceApproved, waitsFor, nextStages] = await Promise.all([
    outputsOf(store, gate),
    artifactsOf(store, gate),
    gate.previous && store.gate(gate.previous),
    store.lastApproved(gate.pipeline, gate.stage),
    waits(store, gate),
    next(store, gate),
  ]);
  const compared = (earlier: Gate | null): Comparison | null =>
    earlier && { gate: earlier, stages: compareShown(gate.shown, earlier.shown) };
  return {
    ...outputs,
    artifacts,
    sincePrevious: compared(sincePrevious),
    sinceApproved: compared(sinceApproved?.runId === gate.runId ? null : sinceApproved),
    waitsFor,
    nextStages,
  };
};

const outputsOf = async (store: Store, gate: Gate): Promise<Pick<GateDetails, 'outputs' | 'tooLarge'>> => {
  const outputs = new Map<string, unknown>();
  const tooLarge = new Set<string>();
  const shown = new Map(gate.shown.map(({ stage, generation }) => [stage, generation]));
  if (shown.size === 0) return { outputs, tooLarge };
  let bytes = 0;
  for await (const { stage, generation, output } of everyStage(store, gate.runId, {
    names: [...shown.keys()],
    outputs: true,
  })) {
    if (generation !== shown.get(stage)) continue;
    bytes += Buffer.byteLength(JSON.stringify(output ?? null));
    if (bytes <= OUTPUT_BYTES) outputs.set(stage, output ?? null);
    else tooLarge.add(stage);
  }
  return { outputs, tooLarge };
};

const artifactsOf = async (store: Store, gate: Gate): Promise<ReadonlyMap<string, ArtifactMeta>> => {
  const ids = gate.shown.flatMap(({ artifacts }) => artifacts.map(({ artifactId }) => artifactId));
  const events = await Promise.all(ids.map((id) => store.artifactEvent(gate.runId, id)));
  return new Map(
    events
      .flatMap((event) => (event === null ? [] : [event.data as unknown as ArtifactMeta]))
      .map((meta) => [meta.id, meta]),
  );
};

/** As the store decides it: a gate that asked nobody counts once its stage has ended. */
const waits = async (store: Store, { runId, definition, status }: Gate): Promise<readonly StageName[]> => {
  const { dependsOn } = definition;
  if (status !== 'pending' || dependsOn.length === 0) return [];
  const ended = new Set<StageName>();
  for await (const stage of everyStage(store, runId, { names: dependsOn, outputs: false }))
    if (isTerminalStage(stage.status)) ended.add(stage.stage);
  const gates = await Promise.all(dependsOn.map((name) => store.gateOfStage(runId, name)));
  return dependsOn.filter((name, at) => {
    const first = gates[at] ?? null;
    return first === null ? !ended.has(name) : first.status !== 'approved';
  });
};

const next = async (store: Store, { runId, stage, kind }: Gate): Promise<readonly string[]> => {
  if (kind === 'start') return [stage];
  const run = await store.runSummary(runId);
  const pipeline = run && (await store.pipeline(run.pipeline, run.version));
  return pipeline?.stages.filter(({ dependsOn }) => dependsOn.includes(stage)).map(({ name }) => name) ?? [];
};

/** Gates of the run that wait for a decision. */
export const waitingGates = async (
  store: Pick<Store, 'gatesOfRun'>,
  runId: RunId,
): Promise<readonly WireWaitingGate[]> =>
  (await store.gatesOfRun(runId)).filter(({ status }) => status === 'pending').map(toWireWaitingGate);
