/** Runs the stages one after the other in a temporary folder, with what a worker would give them. For tests only. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyze } from '../../../examples/market-data/analyze.ts';
import { type Merged, merge } from '../../../examples/market-data/merge.ts';
import {
  type Analyzed,
  type StageTools,
  type Translated,
  analyzed,
  translated,
} from '../../../examples/market-data/shapes.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const RUN_ID = '019ab000-0000-7000-8000-000000000001';
export const PROGRAM = fileURLToPath(new URL('../../../examples/market-data/translate.mjs', import.meta.url));

export interface Translation {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly dataDir: string;
  readonly artifacts: string;
  /** What the stage wrote to MILLRACE_OUTPUT, before any schema; null when it wrote nothing. */
  readonly output: unknown;
}

/** The real program in a real child process, as a worker starts it. */
export async function runTranslator(
  args: readonly string[],
  options: { nodeArgs?: readonly string[]; runId?: string; dataDir?: string } = {},
): Promise<Translation> {
  const dataDir = options.dataDir ?? (await temporaryFolder('data'));
  const artifacts = join(await temporaryFolder('artifacts'), 'artifacts');
  const outputPath = join(await temporaryFolder('output'), 'output.json');
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), PROGRAM, ...args], {
    env: {
      PATH: process.env['PATH'],
      MILLRACE_RUN_ID: options.runId ?? RUN_ID,
      MILLRACE_DATA_DIR: dataDir,
      MILLRACE_ARTIFACTS: artifacts,
      MILLRACE_OUTPUT: outputPath,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (said.stderr += String(chunk)));
  const exitCode = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  );
  const output: unknown = await readFile(outputPath, 'utf8').then(JSON.parse, () => null);
  return { exitCode, ...said, dataDir, artifacts, output };
}

/** The translator's output as the next stage sees it; throws with its stderr when it failed. */
export async function translate(args: readonly string[]): Promise<Translated> {
  const translation = await runTranslator(args);
  if (translation.exitCode !== 0) throw new Error(translation.stderr);
  return translated.parse(translation.output);
}

export interface Chain {
  readonly translated: Translated;
  readonly analyzed: Analyzed;
  readonly merged: Merged;
  /** Path of each artifact of the function stages, by name. */
  readonly artifacts: ReadonlyMap<string, string>;
}

export async function runChain(args: readonly string[]): Promise<Chain> {
  const first = await translate(args);
  const { tools, artifacts } = stageTools();
  const second = analyzed.parse(await analyze(tools, first));
  return { translated: first, analyzed: second, merged: await merge(tools, first, second), artifacts };
}

export function stageTools(signal: AbortSignal = new AbortController().signal): {
  tools: StageTools;
  artifacts: Map<string, string>;
} {
  const artifacts = new Map<string, string>();
  const tools: StageTools = {
    runId: RUN_ID as StageTools['runId'],
    signal,
    log: () => {},
    progress: () => {},
    metric: () => {},
    artifact: async (name, content) => {
      if (typeof content !== 'object' || !('file' in content)) throw new TypeError(`${name} is not given as a file`);
      artifacts.set(name, content.file);
      const bytes = await readFile(content.file);
      return {
        id: name,
        name,
        sha256: createHash('sha256').update(bytes).digest('hex'),
        size: bytes.length,
        content_type: 'application/octet-stream',
      };
    },
  };
  return { tools, artifacts };
}

export const filesIn = (folder: string): Promise<string[]> => readdir(folder);
