import { stat } from 'node:fs/promises';
import { constants } from 'node:os';
import { extname, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { lookup } from 'mrmime';
import type { StageContext, StageHandler } from '../definition/index.ts';
import type { GateFeedback, HandlerSpec, Stage } from '../domain/index.ts';
import type { AbortReason } from './abort-reason.ts';
import { openFile } from './artifact-content.ts';
import { CheckpointFile } from './checkpoint-file.ts';
import {
  CHECKPOINT,
  type CommandFolder,
  createCommandFolder,
  listArtifacts,
  noteOf,
  readOutput,
  removeCommandFolder,
} from './command-folder.ts';
import { type CommandEnd, type CommandLine, runCommand } from './command-process.ts';
import { NotPlainFile, SystemFailure } from '../scratch/index.ts';
import { StageFailure } from './stage-failure.ts';
import { type ReferenceValues, substitute } from './substitute.ts';

type CommandSpec = Extract<HandlerSpec, { readonly kind: 'command' }>;

/** Variables of the worker's environment that a command may see. */
const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'MILLRACE_DATA_DIR'];
/** sysexits.h: "temporary failure; the user is invited to retry". */
const EX_TEMPFAIL = 75;
/** Enough for a stack of Node or Python, whose first or last line names the error. */
const TAIL_LINES = 40;
const TAIL_CHARACTERS = 3_000;

const wireFeedback = ({ gateId, by, notes }: GateFeedback): object => ({ gate_id: gateId, by, notes });

/** The handler of a command stage. `dir` is the folder of the definition file; relative paths resolve against it. */
export const commandHandler = (stage: Stage, dir: string): StageHandler => {
  const spec = stage.handler;
  if (spec.kind !== 'command') throw new TypeError(`stage "${stage.name}" runs a function, not a command`);
  return async (ctx) => {
    const cwd = resolve(dir, substitute(spec.cwd ?? '.', valuesOf(ctx)));
    await checkFolder(cwd);
    const last = ctx.lastCheckpoint === undefined ? null : JSON.stringify(ctx.lastCheckpoint);
    const folder = await createCommandFolder(
      {
        params: ctx.params,
        inputs: ctx.inputs,
        ...(ctx.gate === null ? {} : { gate: ctx.gate }),
        ...(ctx.feedback === null ? {} : { feedback: wireFeedback(ctx.feedback) }),
      },
      last,
    );
    const checkpoint = new CheckpointFile(folder.held, CHECKPOINT, last, { keep: ctx.heartbeat, note: ctx.log });
    try {
      checkpoint.watch();
      const line = commandLine(spec, ctx, cwd, folder);
      const tail = new Tail();
      const end = await runCommand(line, {
        signal: ctx.signal,
        graceMs: () => (ctx.signal.reason as AbortReason | undefined)?.graceMs ?? stage.graceMs,
        onOutput: () => ctx.heartbeat(),
        onLines: (stream, lines) => {
          if (stream === 'err') tail.add(lines);
          return ctx.writeLines(stream, lines);
        },
      });
      return await resultOf(
        async () => {
          ctx.signal.throwIfAborted();
          await checkEnd(end, line, tail);
          return await readOutput(folder);
        },
        () => storeArtifacts(ctx, folder),
      );
    } catch (failure) {
      await checkpoint.stop();
      await checkpoint.last();
      throw failure;
    } finally {
      await checkpoint.stop();
      const left = await removeCommandFolder(folder);
      if (left !== null) ctx.log(left);
    }
  };
};

/**
 * Stores the command's files however it ended: those of a failure are evidence. The command's own error takes
 * precedence over an error here.
 */
const resultOf = async (result: () => Promise<unknown>, keep: () => Promise<void>): Promise<unknown> => {
  let output: unknown;
  try {
    output = await result();
  } catch (failure) {
    const reason = (failure as AbortReason | undefined)?.kind;
    // A handed-back stage runs again from the start; a fenced attempt may not report anything.
    if (reason !== 'drain' && reason !== 'fenced' && reason !== 'report_refused') await keep().catch(() => {});
    throw failure;
  }
  await keep();
  return output;
};

const checkFolder = async (cwd: string): Promise<void> => {
  const found = await stat(cwd).catch(() => null);
  if (!found?.isDirectory()) throw new StageFailure('cwd_not_found', `the working folder ${cwd} does not exist`);
};

const valuesOf = (ctx: StageContext): ReferenceValues => ({
  params: ctx.params,
  inputs: ctx.inputs,
  runId: ctx.runId,
  tick: ctx.trigger.tick,
});

const commandLine = (spec: CommandSpec, ctx: StageContext, cwd: string, folder: CommandFolder): CommandLine => {
  const values = valuesOf(ctx);
  const passedOn = PASSED_ON.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]] as const],
  );
  const own = Object.entries(spec.env).map(([name, text]) => [name, substitute(text, values)] as const);
  return {
    argv: spec.command.map((text) => substitute(text, values)),
    cwd,
    scratch: folder.path,
    marker: `MILLRACE_OUTPUT=${folder.output}`,
    env: {
      // Python buffers output to a pipe, so a killed process would lose its last lines.
      PYTHONUNBUFFERED: '1',
      ...Object.fromEntries(passedOn),
      ...Object.fromEntries(own),
      MILLRACE_RUN_ID: ctx.runId,
      MILLRACE_STAGE: ctx.stage,
      MILLRACE_ATTEMPT: String(ctx.attempt),
      MILLRACE_FENCE: String(ctx.fence),
      MILLRACE_IDEMPOTENCY_KEY: ctx.idempotencyKey,
      MILLRACE_INPUT: folder.input,
      MILLRACE_OUTPUT: folder.output,
      MILLRACE_CHECKPOINT: folder.checkpoint,
      MILLRACE_ARTIFACTS: folder.artifacts,
    },
  };
};

/** The last lines of stderr, which usually give the reason. */
class Tail {
  #lines: readonly string[] = [];
  add(lines: readonly string[]): void {
    this.#lines = [...this.#lines, ...lines.slice(-TAIL_LINES)].slice(-TAIL_LINES);
  }
  toString(): string {
    // Strip colours: the log keeps them, but errors are shown as plain text.
    const text = stripVTControlCharacters(this.#lines.join('\n')).trim();
    // Keep the end: a traceback names its error last.
    return text === '' ? '' : `: ${text.length > TAIL_CHARACTERS ? `…${text.slice(-TAIL_CHARACTERS)}` : text}`;
  }
}

const checkEnd = async (end: CommandEnd, { argv, cwd, env }: CommandLine, tail: Tail): Promise<void> => {
  const program = argv[0]!;
  if (end.kind === 'exited') {
    if (end.code === 0) return;
    if (end.code === null)
      throw new StageFailure(
        'command_failed',
        `${program} was killed by signal ${end.signal}${end.signal === 'SIGKILL' ? hintOf('SIGKILL') : ''}${tail}`,
      );
    if (end.code === EX_TEMPFAIL)
      throw new StageFailure('command_failed', `${program} ended with exit code 75 (temporary failure)${tail}`, {
        retry: 'always',
      });
    throw new StageFailure(
      'command_failed',
      `${program} ended with exit code ${end.code}${hintOf(signalOf(end.code))}${tail}`,
    );
  }
  if (end.errno === 'ENOENT' || end.errno === 'ENOTDIR') {
    const isThere = program.includes('/') && (await stat(resolve(cwd, program)).catch(() => null)) !== null;
    const where = program.includes('/') ? `in ${cwd}` : `on PATH (${env['PATH'] ?? 'PATH is not set'})`;
    throw new StageFailure(
      'command_not_found',
      isThere
        ? `${program} is there, but the interpreter that its first line names is not`
        : `there is no program ${JSON.stringify(program)} ${where}`,
    );
  }
  if (end.errno === 'EACCES')
    throw new StageFailure(
      'command_not_executable',
      `${program} may not be executed: is it a program, with "chmod +x"?`,
    );
  if (end.errno === 'E2BIG')
    throw new StageFailure(
      'invalid_argument',
      `the arguments and environment of ${program} are larger than this system passes to a program: use MILLRACE_INPUT`,
    );
  // A failure of the worker, such as EMFILE, not of this command.
  throw new SystemFailure(`${program} could not be started`, { code: end.errno, message: end.errno });
};

/** A shell exits with 128 + the number of the signal that ended its command. */
const signalOf = (code: number): string | null =>
  Object.entries(constants.signals).find(([, number]) => code === 128 + number)?.[0] ?? null;

const hintOf = (signal: string | null): string =>
  signal === null
    ? ''
    : signal === 'SIGKILL'
      ? ' (SIGKILL: did the machine or the container run out of memory?)'
      : ` (${signal})`;

const storeArtifacts = async (ctx: StageContext, folder: CommandFolder): Promise<void> => {
  const { files, notes } = await listArtifacts(folder);
  for (const note of notes) ctx.log(note);
  const passedOver: string[] = [];
  for (const { names, name } of files) {
    const contentType = contentTypeOf(name);
    const content = await openFile(name, () => folder.held.open(names), name).catch((error: StageFailure) => {
      if (!(error.cause instanceof NotPlainFile)) throw error;
      passedOver.push(`${name} ${error.cause.message}`);
      return null;
    });
    if (content !== null) await ctx.artifact(name, content as never, contentType === undefined ? {} : { contentType });
  }
  for (const note of noteOf('not stored as artifacts', passedOver)) ctx.log(note);
};

/** By the name's extension; undefined: unknown. */
const contentTypeOf = (name: string): string | undefined => DATA_TYPES[extname(name).toLowerCase()] ?? lookup(name);

/** Types missing from web servers' tables, which also take `.ts` for a video rather than source code. */
const DATA_TYPES: Readonly<Record<string, string>> = {
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
  '.parquet': 'application/vnd.apache.parquet',
  '.ts': 'text/plain',
};
