import { setTimeout as delay } from 'node:timers/promises';
import { type CommandsDone, fuzzCommands } from './commands/fuzz-commands.ts';
import { fuzzYaml, type YamlDone } from './definitions/fuzz-yaml.ts';
import { type FuzzedDeployment, startFuzzed, TOKEN } from './deployment.ts';
import { collectFindings, type Finding, type Findings } from './findings.ts';
import { type FramesDone, fuzzFrames } from './frames/fuzz-frames.ts';
import { fuzzRequests, type RequestsDone } from './requests/fuzz-requests.ts';
import { rememberCases } from './run-cases.ts';
import { type Held, judgeLogs, measure, watchDeaths } from './watch/watch-processes.ts';
import { type Stalls, watchStalls } from './watch/watch-stalls.ts';

export interface FuzzOptions {
  readonly seed: number;
  readonly requests: number;
  readonly frames: number;
  readonly yaml: number;
  readonly commands: number;
  /** One case instead of all. */
  readonly only: { readonly kind: 'requests' | 'frames' | 'yaml' | 'commands'; readonly number: number } | null;
  /** Requests and sessions at a time. */
  readonly lanes: number;
  readonly tell: (line: string) => void;
}

export interface Fuzzed {
  readonly findings: readonly Finding[];
  readonly requests: RequestsDone | null;
  readonly frames: FramesDone | null;
  readonly yaml: YamlDone | null;
  readonly commands: CommandsDone | null;
  /** Seen from outside, by a process of its own. */
  readonly stalls: Stalls | null;
  /** Of the API: once it was warm, and at the end; garbage was collected before. */
  readonly held: { readonly warm: Held; readonly end: Held } | null;
}

const HUNG_AFTER_MS = 20_000;
/** After these it is warm: its code is compiled, its pools are filled. */
const WARM_AFTER = 5_000;
/** What it may hold more at the end than when it was warm. */
const GROWTH = { heapBytes: 25 * 1024 * 1024, sockets: 30 };

/** Sends what nobody should, and answers what came of it. Cases are the same for the same seed. */
export const fuzz = async (options: FuzzOptions): Promise<Fuzzed> => {
  const { seed, only } = options;
  const findings = collectFindings();
  const wanted = (kind: NonNullable<FuzzOptions['only']>['kind']): readonly number[] =>
    only === null
      ? Array.from({ length: options[kind] }, (_, number) => number)
      : only.kind === kind
        ? [only.number]
        : [];
  const yamls = wanted('yaml');
  const yaml =
    yamls.length === 0
      ? null
      : await fuzzYaml({ seed, cases: yamls, findings, onCase: telling(options, 'YAML files', yamls.length) });
  const others = ['requests', 'frames', 'commands'].some((kind) => wanted(kind as 'requests').length > 0);
  const running = others
    ? await fuzzDeployment(options, findings, wanted)
    : { requests: null, frames: null, commands: null, stalls: null, held: null };
  return { yaml, ...running, findings: findings.list() };
};

const fuzzDeployment = async (
  options: FuzzOptions,
  findings: Findings,
  wanted: (kind: 'requests' | 'frames' | 'commands') => readonly number[],
): Promise<Omit<Fuzzed, 'findings' | 'yaml'>> => {
  const { seed, lanes, only, tell } = options;
  const deployment = await startFuzzed();
  try {
    const underWay = rememberCases();
    const now = (): readonly string[] => underWay.at(Date.now(), Number.POSITIVE_INFINITY);
    const { dead, stop } = watchDeaths(deployment.processes, findings, now);
    const endWatch = await watchStalls(`${deployment.url}/healthz`, deployment.api.pid, underWay);
    let warm = await measure(deployment.api);
    tell(`the deployment runs: ${deployment.url}`);
    const shared = { seed, lanes, hungAfterMs: HUNG_AFTER_MS, underWay, findings, stop: dead };

    const asked = wanted('requests');
    const telledRequests = telling(options, 'requests', asked.length);
    const onCase = async (done: number): Promise<void> => {
      telledRequests(done);
      if (done === WARM_AFTER) warm = await measure(deployment.api);
    };
    const requests = asked.length === 0 ? null : await fuzzRequests(deployment, { ...shared, cases: asked, onCase });
    const sessions = wanted('frames');
    const frames =
      sessions.length === 0
        ? null
        : await fuzzFrames(deployment, {
            ...shared,
            frames: options.frames,
            only: only === null ? null : sessions,
            onFrames: telling(options, 'frames', options.frames),
          });
    const lines = wanted('commands');
    const commands =
      lines.length === 0
        ? null
        : await fuzzCommands(deployment, {
            ...shared,
            cases: lines,
            onCase: telling(options, 'command lines', lines.length),
          });

    const stalls = await endWatch();
    const held = dead() ? null : { warm, end: await settled(deployment, warm) };
    if (held) judgeHeld(held, requests?.count ?? 0, findings);
    stop();
    judgeLogs(deployment.processes, TOKEN, findings);
    for (const { ms, waitedMs, controlMs, cases } of stalls.stalls)
      findings.add(
        'a stall above 200 ms',
        cases.at(-1) ?? null,
        `${ms} ms, of which it waited ${waitedMs} ms for a processor; ${controlMs} ms beside it; under way: ${cases.join(' ')}`,
        true,
      );
    return { requests, frames, commands, stalls, held };
  } finally {
    await deployment.end();
  }
};

/** Once what was left open has been closed, or has had the time for it. */
const settled = async (deployment: FuzzedDeployment, warm: Held): Promise<Held> => {
  let held = await measure(deployment.api);
  for (let looks = 0; looks < 40 && held.sockets > warm.sockets + 5; looks++) {
    await delay(500);
    held = await measure(deployment.api);
  }
  return held;
};

const judgeHeld = ({ warm, end }: NonNullable<Fuzzed['held']>, requests: number, findings: Findings): void => {
  if (end.sockets > warm.sockets + GROWTH.sockets)
    findings.add('sockets stay open', null, `${warm.sockets}, then ${end.sockets}`);
  if (requests > WARM_AFTER && end.heapUsed > warm.heapUsed + GROWTH.heapBytes)
    findings.add('the API keeps memory', null, `a heap of ${warm.heapUsed} bytes, then ${end.heapUsed}`);
};

/** A line now and then. */
const telling = ({ tell }: FuzzOptions, what: string, all: number): ((done: number) => void) => {
  const began = performance.now();
  const every = Math.max(1, Math.ceil(all / 20));
  let next = every;
  return (done) => {
    if (done < next) return;
    next = done + every;
    tell(`${done} of ${all} ${what} after ${((performance.now() - began) / 1_000).toFixed(0)} s`);
  };
};
