/** One attempt of one stage, with a real folder for artifacts and a report that is kept in memory. */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FsArtifactStore } from '@millrace/core/artifacts';
import { compilePipeline, definePipeline, sourceOfDefinition } from '@millrace/core/definition';
import type { StageHandler } from '@millrace/core/definition';
import type { LogData, RunId } from '@millrace/core/domain';
import { type AttemptServices, runAttempt, StopSwitch } from '@millrace/core/handlers';
import type { ArtifactLimits, Claim, Outcome, ReportedEvent } from '@millrace/core/ports';
import { waitFor } from '@millrace/core/testing';
import { buffer } from 'node:stream/consumers';

export interface Trial {
  readonly outcome: Promise<Outcome>;
  readonly events: ReportedEvent[];
  /** Each as it was kept. */
  readonly checkpoints: unknown[];
  /** Of an artifact of this run. */
  bytesOf(sha256: string): Promise<Buffer>;
  abort(reason: { kind: 'cancelled' | 'fenced' | 'drain'; reason: string; graceMs: number | null }): void;
  /** Settles when a line that contains the text was reported. */
  said(text: string): Promise<string>;
  lines(stream?: 'out' | 'err' | 'log'): readonly string[];
}

export interface TrialOptions {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly claim?: Partial<Claim>;
  readonly services?: Partial<AttemptServices>;
  readonly dir?: string;
}

const OWNER = { deployment: 'test', runId: '01890000-0000-7000-8000-000000000001' as RunId };
export const PLENTY: ArtifactLimits = {
  attempt: { count: 1_000, bytes: 2 ** 40 },
  run: { count: 10_000, bytes: 2 ** 40 },
};

const folders: string[] = [];
export const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-test-'));
  folders.push(folder);
  return folder;
};
export const removeTemporaryFolders = async (): Promise<void> => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
};

type StageOptions = { readonly command?: readonly string[]; readonly run?: StageHandler } & Readonly<
  Record<string, unknown>
>;

export const attempt = async (
  options: StageOptions,
  { params = {}, claim = {}, services = {}, dir }: TrialOptions = {},
): Promise<Trial> => {
  const folder = dir ?? (await temporaryFolder());
  const definition = definePipeline('trial', { params: { type: 'object' } }).stage('only', options as never);
  const { pipeline, handlers } = compilePipeline(sourceOfDefinition(definition, null));
  const stage = pipeline.stages[0]!;
  const events: ReportedEvent[] = [];
  const checkpoints: unknown[] = [];
  const listeners = new Set<() => void>();
  const control = new StopSwitch();
  const store = new FsArtifactStore(join(await temporaryFolder(), 'artifacts'));
  const wholeClaim = {
    runId: OWNER.runId,
    stageIndex: 0,
    generation: 1,
    attempt: 2,
    fence: 7,
    jobId: 'j',
    pipeline: pipeline.name,
    version: pipeline.version,
    stage: stage.name,
    queue: 'default',
    params,
    trigger: { kind: 'manual' },
    inputs: {},
    startedAt: 1_000,
    stageDeadline: null,
    checkpointJson: null,
    ...claim,
  } as Claim;
  const outcome = runAttempt(
    wholeClaim,
    { pipeline, handlers, dir: folder, file: join(folder, 'trial.pipeline.ts') },
    stage,
    {
      report: async (_claim, reported) => {
        for (const one of structuredClone(reported))
          if (one.type === 'checkpoint') checkpoints.push(JSON.parse(one.json));
          else events.push(one);
        for (const listener of listeners) listener();
        return 'ok';
      },
      outputsOf: async () => [],
      artifactUse: async () => ({ deployment: OWNER.deployment, count: 0, bytes: 0 }),
      gates: {
        gateOfStage: async () => null,
        gatesOfRun: async () => [],
        feedbackOf: async () => null,
        stages: async () => null,
        artifactEvents: async () => null,
      },
      artifacts: store,
      artifactLimits: PLENTY,
      control,
      now: () => performance.now(),
      ...services,
    },
  );
  const lines: Trial['lines'] = (stream) =>
    events
      .filter((event) => event.type === 'stage.log')
      .flatMap((event) =>
        (event.data as unknown as LogData).lines
          .filter((line) => stream === undefined || line.s === stream)
          .map((line) => line.t),
      );
  return {
    outcome,
    events,
    checkpoints,
    bytesOf: async (sha256) => buffer((await store.get(OWNER, sha256))!),
    lines,
    abort: (reason) => control.stop(reason),
    said: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = lines().find((line) => line.includes(text));
          if (found === undefined) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        look();
      }),
  };
};

/** Settles when no such process is left (a zombie counts as gone). */
export const gone = async (pids: readonly number[]): Promise<void> => {
  await waitFor(() => !pids.some(isAlive), { what: `the end of the processes ${pids.join(', ')}`, timeoutMs: 15_000 });
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};

/** The process that outlives a worker to end what is left of its commands. */
export const keeperOf = (worker: number): number => {
  const isKeeper = (pid: string): boolean => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      return parent === worker && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('millrace-keeper');
    } catch {
      return false;
    }
  };
  const found = readdirSync('/proc').find((name) => /^\d+$/.test(name) && isKeeper(name));
  if (found === undefined) throw new Error(`process ${worker} has no keeper`);
  return Number(found);
};
