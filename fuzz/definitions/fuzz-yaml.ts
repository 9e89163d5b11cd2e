import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Findings } from '../findings.ts';
import { randomOf } from '../random.ts';
import { runCases } from '../run-cases.ts';
import { warmChild } from '../watch/warm-child.ts';
import type { Compiled } from './compile-child.ts';
import { makeYaml } from './make-yaml.ts';

export interface YamlDone {
  readonly count: number;
  readonly valid: number;
  readonly worstCpuMs: number;
  /** More than the process had before, bytes. */
  readonly worstPeakBytes: number;
}

interface Options {
  readonly seed: number;
  readonly cases: readonly number[];
  readonly findings: Findings;
  readonly onCase: (done: number) => void;
}

/** Any file of 1 MiB takes less, ms of CPU and bytes. */
const CPU_MS = 1_000;
const PEAK_BYTES = 200 * 1024 * 1024;
const RETIRED_BYTES = 64 * 1024 * 1024;
const HUNG_AFTER_MS = 15_000;

export const fuzzYaml = async ({ seed, cases, findings, onCase }: Options): Promise<YamlDone> => {
  const valid = examples();
  const child = warmChild<Compiled>(new URL('compile-child.ts', import.meta.url), process.env, tmpdir());
  const done = { count: 0, valid: 0, worstCpuMs: 0, worstPeakBytes: 0 };
  // What the process has by itself; its first definition loads the most of its code.
  let base = 0;
  for (let n = 0; n < 3; n++) {
    const first = await child.ask(valid[0]!, HUNG_AFTER_MS);
    if (first.kind !== 'answered') throw new Error(`the child that compiles does not work: ${JSON.stringify(first)}`);
    base = first.peakBytes;
  }
  await runCases(cases.length, 1, async (at) => {
    const name = `yaml:${cases[at]}`;
    const text = makeYaml(valid, randomOf(seed, 'yaml', cases[at]!));
    const asked = await child.ask(text, HUNG_AFTER_MS);
    const wrong = (what: string, detail: string, timed = false): void =>
      findings.add(what, name, `${text.slice(0, 700)}\n-> ${detail}`, timed);
    done.count += 1;
    onCase(done.count);
    if (asked.kind === 'hung') return wrong('a definition hangs', `${HUNG_AFTER_MS} ms`);
    if (asked.kind === 'died') return wrong('a definition ends the process', asked.said);
    const { problems, thrown, cpuMs } = asked.answer;
    const grown = asked.peakBytes - base;
    // What a process has once taken it keeps: the next case is not to be blamed for it.
    if (grown > RETIRED_BYTES) child.end();
    done.worstCpuMs = Math.max(done.worstCpuMs, Math.round(cpuMs));
    done.worstPeakBytes = Math.max(done.worstPeakBytes, grown);
    if (thrown !== null)
      wrong(
        `a definition throws what is no problem: ${thrown.split('\n')[0]!.replaceAll(/\d+/g, 'n').slice(0, 100)}`,
        thrown,
      );
    if (cpuMs > CPU_MS)
      wrong(
        `a definition takes more than ${CPU_MS} ms`,
        `${Math.round(cpuMs)} ms of CPU for ${text.length} characters`,
        true,
      );
    if (grown > PEAK_BYTES)
      wrong(
        'a definition takes more than 200 MiB',
        `${Math.round(grown / 1_048_576)} MiB for ${text.length} characters`,
      );
    if (problems === null) return void (thrown === null && (done.valid += 1));
    if (problems.length === 0) wrong('a refused definition has no problem', 'errors is empty');
    if (problems.length > 100) wrong('a refused definition lists more than 100 problems', String(problems.length));
    for (const { path } of problems)
      if (!PLACE.test(path) && Buffer.byteLength(text) <= 1_048_576)
        wrong('a problem of a definition has no line and column', JSON.stringify(problems[0]));
  });
  child.end();
  return done;
};
const PLACE = /^case\.yaml:\d+:\d+$/;

/** Definitions of the repository, one of which has every field. */
const examples = (): readonly string[] => [
  read('every-field.pipeline.yaml'),
  ...['failing', 'params', 'scheduled'].map((name) => read(`../../tests/browser/pipelines/${name}.pipeline.yaml`)),
];

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
