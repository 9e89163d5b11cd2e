import { attemptLabel, type RunId, type RunSummary, type StageRun } from '@millrace/core/domain';
import { everyStage } from '@millrace/core/engine';
import type { Readings } from '@millrace/core/ports';
import {
  type RunArtifact,
  toWireEvent,
  toWireListedRun,
  toWireLogLines,
  toWireStagePage,
  type WireExportedFile,
} from '@millrace/core/wire';
import { artifactIn, isLastAttempt, isShown, type Which } from '../run-artifacts.ts';
import { exportPaths } from './export-paths.ts';
import type { Spool, SpooledText } from './spool.ts';
import { eventsUpTo, readStages, stagesAt } from './stages-at.ts';

/** What an export holds, read from the store as of one event and kept in a spool; the artifacts' bytes are not. */
export interface RunFiles {
  /** `lastSeq` is the event. */
  readonly run: RunSummary;
  readonly texts: readonly { readonly file: ToldFile; readonly text: SpooledText }[];
  readonly artifacts: readonly { readonly file: ToldFile; readonly artifact: RunArtifact }[];
}
/** What is known of a file before it is sent. */
export type ToldFile = Omit<WireExportedFile, 'size' | 'sha256'>;

/**
 * Reads the run: its state, its events, the log of each attempt, and which artifacts it has. In memory is a page at a
 * time, and a line for each file. @throws MillraceError `store_unavailable`; the signal's reason once it is aborted
 */
export const readRunFiles = async (
  store: Readings,
  runId: RunId,
  spool: Spool,
  { attempts, signal }: { readonly attempts: Which; readonly signal: AbortSignal },
): Promise<RunFiles> => {
  const stages = await readStages(store, runId, spool, signal);
  const { run } = stages;
  const log = await readLog(store, runId, run.lastSeq, spool, signal);
  await spool.flush();
  const state = spool.text();
  const stagesOf = new Map<string, StageRun>();
  const found = [...(await readKept(store, run, log.artifacts, signal)), ...log.artifacts];
  const named = new Set(found.map(({ stage }) => stage));
  await state.append(`${withoutEnd(toWireListedRun(run))},"stages":[`);
  let separator = '\n';
  for await (const items of stagesAt(store, stages, signal)) {
    for (const stage of items) if (named.has(stage.stage)) stagesOf.set(stage.stage, { ...stage, output: null });
    for (const stage of toWireStagePage({ run, items, nextAfter: null }).items) {
      await state.append(`${separator}${JSON.stringify(stage)}`);
      separator = ',\n';
    }
  }
  await state.append('\n],"stages_next_cursor":null}\n');
  await spool.flush();

  const pathOf = exportPaths();
  const texts = [
    { file: { path: 'state.json', kind: 'state' as const }, text: state },
    { file: { path: 'events.jsonl', kind: 'events' as const }, text: log.events },
    ...log.lines.map(({ stage, generation, attempt, text }) => ({
      file: {
        path: pathOf(`logs/${stage}`, `attempt-${attemptLabel({ generation, attempt })}.log`),
        kind: 'log' as const,
        stage,
        generation,
        attempt,
      },
      text,
    })),
  ];
  const artifacts = found
    .filter((artifact) => isShown(stagesOf.get(artifact.stage), artifact, attempts))
    .map((artifact) => {
      const { stage, generation, attempt, name, id, content_type } = artifact;
      const isLast = isLastAttempt(stagesOf.get(stage)!, artifact);
      const path = pathOf(isLast ? `artifacts/${stage}` : `earlier-attempts/${stage}/${attemptLabel(artifact)}`, name);
      return {
        file: { path, kind: 'artifact' as const, stage, generation, attempt, artifact_id: id, name, content_type },
        artifact,
      };
    });
  return { run, texts, artifacts };
};

interface ReadLog {
  readonly events: SpooledText;
  /** In the order of their first lines. */
  readonly lines: readonly AttemptLog[];
  readonly artifacts: readonly RunArtifact[];
}
interface AttemptLog {
  readonly stage: string;
  readonly generation: number;
  readonly attempt: number;
  readonly text: SpooledText;
}

/** The event log up to a seq, and what it says apart. */
const readLog = async (
  store: Readings,
  runId: RunId,
  lastSeq: number,
  spool: Spool,
  signal: AbortSignal,
): Promise<ReadLog> => {
  const events = spool.text();
  const logs = new Map<string, AttemptLog>();
  const artifacts: RunArtifact[] = [];
  for await (const page of eventsUpTo(store, runId, 0, lastSeq)) {
    signal.throwIfAborted();
    for (const event of page) {
      await events.append(`${JSON.stringify(toWireEvent(event))}\n`);
      if (event.type === 'stage.artifact') artifacts.push(artifactIn(event));
      if (event.type !== 'stage.log') continue;
      const { stage, generation, attempt } = event;
      const key = `${stage} ${generation} ${attempt}`;
      const log = logs.get(key) ?? { stage, generation, attempt, text: spool.text() };
      logs.set(key, log);
      await log.text.append(
        `${toWireLogLines(event)
          .map(({ line }) => line)
          .join('\n')}\n`,
      );
    }
  }
  return { events, lines: [...logs.values()], artifacts };
};

/** Artifacts of stages that the run reuses: its log does not tell of them. */
const readKept = async (
  store: Readings,
  { runId, retryOf }: RunSummary,
  logged: readonly RunArtifact[],
  signal: AbortSignal,
): Promise<readonly RunArtifact[]> => {
  if (retryOf === null) return [];
  const known = new Set(logged.map(({ id }) => id));
  const stages = new Map<string, StageRun>();
  for await (const stage of everyStage(store, runId, { outputs: false }))
    if (stage.reusedFrom !== null) stages.set(stage.stage, stage);
  const kept: RunArtifact[] = [];
  for (let after = 0; ; after += READ) {
    signal.throwIfAborted();
    const events = (await store.artifactEvents(runId, { after, limit: READ })) ?? [];
    for (const event of events) {
      const stage = stages.get(event.stage);
      if (stage && !known.has(event.data['id'] as string)) kept.push(artifactIn(event, stage));
    }
    if (events.length < READ) return kept;
  }
};

/** Artifacts read at a time. */
const READ = 200;

/** The JSON of an object that goes on. */
const withoutEnd = (object: object): string => JSON.stringify(object).slice(0, -1);
