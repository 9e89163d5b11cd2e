/** Runs the pipeline's functions one after the other, with what a worker would give them. For tests only. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Readable } from 'node:stream';
import { loadPipelines, type StageContext, validateParams } from '@millrace/core/definition';

export const FOLDER = fileURLToPath(new URL('../../../examples/explainer-video', import.meta.url));

let loading: ReturnType<typeof loadPipelines> | null = null;

export interface Made {
  readonly outputs: Readonly<Record<string, never>>;
  /** By name. */
  readonly artifacts: ReadonlyMap<string, Buffer>;
  readonly lines: readonly string[];
}

export interface MakeOptions {
  readonly last?: string;
  /** Folder with the configuration. */
  readonly dir?: string;
  /** Notes that sent a stage back, by its name. */
  readonly notes?: Readonly<Record<string, string>>;
}

export const make = async (params: Record<string, unknown>, options: MakeOptions = {}): Promise<Made> => {
  const { pipeline, handlers } = (await (loading ??= loadPipelines([FOLDER], FOLDER))).loaded[0]!;
  const artifacts = new Map<string, Buffer>();
  const bytes = new Map<string, Buffer>();
  const outputs: Record<string, unknown> = {};
  const lines: string[] = [];
  for (const stage of pipeline.stages) {
    const context: Partial<StageContext> = {
      params: validateParams(pipeline, params, null),
      inputs: outputs,
      stage: stage.name,
      dir: options.dir ?? FOLDER,
      fence: 1,
      idempotencyKey: `${process.pid}.${Math.random()}.${stage.name}.1`,
      signal: new AbortController().signal,
      feedback: feedbackOf(options.notes?.[stage.name]),
      log: (line) => void lines.push(`${stage.name}: ${line}`),
      progress: () => {},
      metric: () => {},
      artifact: async (name, content, about) => {
        const stored = Buffer.from(content as string);
        const sha256 = createHash('sha256').update(stored).digest('hex');
        artifacts.set(name, stored);
        bytes.set(sha256, stored);
        return { id: name, name, sha256, size: stored.length, content_type: about?.contentType ?? '' };
      },
      checkpoint: async () => {},
      lastCheckpoint: undefined,
      readArtifact: async ({ sha256 }) => Readable.from([bytes.get(sha256)!]),
    };
    const output = await handlers.get(stage.name)!(context as StageContext);
    outputs[stage.name] = JSON.parse(JSON.stringify(output));
    if (stage.name === options.last) break;
  }
  return { outputs: outputs as Made['outputs'], artifacts, lines };
};

const feedbackOf = (notes: string | undefined): StageContext['feedback'] =>
  notes === undefined ? null : { gateId: 'gate' as NonNullable<StageContext['feedback']>['gateId'], by: null, notes };
