import type { HandlerSpec, JsonSchema, OutputSpec, Stage, StageName, TriggerRuleName } from '../domain/index.ts';
import { DEFAULT_RULE, isName, NAME_RULE, TRIGGER_RULE_NAMES } from '../domain/index.ts';
import { Fields, kindOf, type Reading, type Unsupported } from './fields.ts';
import { readGate } from './read-gate.ts';
import { readSchema } from './read-schema.ts';
import { readTiming, type StageDefaults, TIMING_FIELDS } from './read-timing.ts';
import { isMap, type Path } from './source.ts';
import type { StageHandler } from './stage-context.ts';
import { sha256 } from './version.ts';

/** A stage as read; sorting assigns its index. */
export type UnorderedStage = Omit<Stage, 'index'>;
export interface ReadStage {
  readonly stage: UnorderedStage;
  /** The function of a function stage. */
  readonly run: StageHandler | null;
  readonly path: Path;
  readonly dependencyPaths: readonly Path[];
  /** Path of the map that holds `command` and `env`. */
  readonly commandPath: Path;
}

const STAGE_FIELDS = [
  'dependsOn',
  'when',
  'teardown',
  'run',
  'command',
  'env',
  'cwd',
  'output',
  'outputs',
  'gate',
  ...TIMING_FIELDS,
];
const UNSUPPORTED: Unsupported = {
  cache: 'outputs are not cached in this release',
  onFailure: 'a failed stage has no fallback in this release',
};

/** One entry of `stages`, defaults resolved. */
export const readStage = (reading: Reading, name: string, options: unknown, defaults: StageDefaults): ReadStage => {
  const path = ['stages', name];
  if (!isName(name))
    reading.problems.add(path, `a stage's name must be ${NAME_RULE}; ${JSON.stringify(name.slice(0, 80))} is not`);
  const fields = new Fields(reading, options, path, STAGE_FIELDS, UNSUPPORTED);
  const { handler, run } = readHandler(reading, fields);
  const timing = readTiming(reading, fields, defaults);
  const { trigger, dependencyPaths } = readTrigger(reading, fields);
  const gate = readGate(reading, fields, handler.kind !== 'gate');
  const stage: UnorderedStage = {
    name: name as StageName,
    ...trigger,
    ...(gate === null ? {} : { gate }),
    handler,
    output: readOutput(reading, fields),
    ...timing,
  };
  return { stage, run, path, dependencyPaths, commandPath: isMap(fields.raw('run')) ? fields.at('run') : path };
};

type Trigger = Pick<Stage, 'dependsOn' | 'when' | 'teardown'>;

/** Also the path of each dependency. */
const readTrigger = (reading: Reading, fields: Fields): { trigger: Trigger; dependencyPaths: readonly Path[] } => {
  const dependsOn = (fields.texts('dependsOn') ?? []) as readonly StageName[];
  const paths = dependsOn.map((_, index) => [...fields.at('dependsOn'), index]);
  const given = fields.raw('dependsOn') ?? [];
  const alone = Array.isArray(given) && given.length === 0;
  const when = readRule(reading, fields) ?? DEFAULT_RULE;
  if (!fields.has('teardown')) {
    if (when !== DEFAULT_RULE && alone)
      fields.wrong('when', `decides by how dependencies end: "${when}" needs a "${fields.key('dependsOn')}"`);
    return { trigger: { dependsOn, when }, dependencyPaths: paths };
  }
  if (fields.has('when'))
    fields.wrong('when', 'must not stand beside "teardown": a teardown waits until all that it depends on has ended');
  if (alone)
    fields.wrong('teardown', `needs a "${fields.key('dependsOn')}": the stages that must have ended before it`);
  const inner = new Fields(reading, fields.raw('teardown'), fields.at('teardown'), ['of', 'failsRun']);
  const of = (inner.texts('of') ?? []) as readonly StageName[];
  if (of.length === 0 && (!inner.has('of') || Array.isArray(inner.raw('of'))))
    reading.problems.add(inner.path, '"teardown" needs "of": the stages whose work it undoes');
  const failsRun = inner.raw('failsRun') ?? false;
  if (typeof failsRun !== 'boolean') inner.wrong('failsRun', `must be true or false, not ${kindOf(failsRun)}`);
  const added = of.map((name, index) => ({ name, path: [...inner.at('of'), index] }));
  const further = added.filter(({ name }) => !dependsOn.includes(name));
  return {
    trigger: {
      dependsOn: [...dependsOn, ...further.map(({ name }) => name)],
      when: 'all_done',
      teardown: { of, failsRun: failsRun === true },
    },
    dependencyPaths: [...paths, ...further.map(({ path }) => path)],
  };
};

const readRule = ({ problems }: Reading, fields: Fields): TriggerRuleName | null => {
  const written = fields.text('when');
  const rule = TRIGGER_RULE_NAMES.find((name) => name === written) ?? null;
  if (written !== null && rule === null)
    problems.addUnknown(
      fields.at('when'),
      `"when" must be ${TRIGGER_RULE_NAMES.join(', ')}, not "${written.slice(0, 80)}"`,
      // As Airflow spells it.
      written.replace(/success$/, 'succeeded'),
      TRIGGER_RULE_NAMES,
    );
  return rule;
};

const NOTHING: HandlerSpec = { kind: 'command', command: [], env: {}, cwd: null };

/** The stage is its gate: what would belong to a run is refused. */
const readNothing = (fields: Fields): HandlerSpec => {
  for (const field of ['env', 'cwd', 'output', 'outputs', 'retry', 'timeout', 'heartbeatTimeout', 'grace'])
    if (fields.has(field)) fields.wrong(field, 'needs something to run: the stage is only a gate');
  return { kind: 'gate' };
};

/** `run` is a function or a map with the command, whose fields may also be on the stage itself. */
const readHandler = (reading: Reading, fields: Fields): { handler: HandlerSpec; run: StageHandler | null } => {
  const run = fields.raw('run');
  const inStage = ['command', 'env', 'cwd'].filter((field) => fields.has(field));
  if (run === null && !fields.has('command')) {
    if (fields.has('gate')) return { handler: readNothing(fields), run: null };
    reading.problems.add(
      fields.path,
      `stage has nothing to run: give it ${reading.source.spelling === 'snake' ? 'run: { command: [program, argument] }' : 'a run function or a command'}`,
    );
    return { handler: NOTHING, run: null };
  }
  if (run !== null && inStage.length > 0)
    fields.wrong(inStage[0]!, 'must not stand beside "run": a stage runs one thing');
  if (typeof run === 'function')
    return { handler: { kind: 'function', sourceHash: sha256(run.toString()) }, run: run as StageHandler };
  if (run === null) return { handler: readCommand(reading, fields), run: null };
  if (!isMap(run)) {
    fields.wrong(
      'run',
      `must be ${reading.source.spelling === 'snake' ? '{ command: [program, argument] }' : 'a function'}, not ${kindOf(run)}`,
    );
    return { handler: NOTHING, run: null };
  }
  const inner = new Fields(reading, run, fields.at('run'), ['command', 'env', 'cwd']);
  if (!inner.has('command')) reading.problems.add(inner.path, '"run" needs a "command"');
  return { handler: readCommand(reading, inner), run: null };
};

const readCommand = (reading: Reading, fields: Fields): HandlerSpec => {
  if (typeof fields.raw('command') === 'string')
    fields.wrong(
      'command',
      `must be a list such as [node, job.mjs], not one text: no shell reads it. If you need a shell, write ["sh", "-c", ${JSON.stringify(fields.raw('command')).slice(0, 120)}]`,
    );
  const command = typeof fields.raw('command') === 'string' ? [] : (fields.texts('command') ?? []);
  if (Array.isArray(fields.raw('command')) && (fields.raw('command') as unknown[]).length === 0)
    fields.wrong('command', 'must not be empty');
  if (command[0] === '') reading.problems.add([...fields.at('command'), 0], 'the program must not be empty');
  if (command[0]?.includes('${{'))
    reading.problems.add(
      [...fields.at('command'), 0],
      'the program must be fixed: references are allowed only in arguments',
    );
  return { kind: 'command', command, env: readEnv(reading, fields), cwd: fields.text('cwd') };
};

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const readEnv = (reading: Reading, fields: Fields): Readonly<Record<string, string>> => {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields.map('env') ?? {})) {
    const at = [...fields.at('env'), name];
    if (!ENV_NAME.test(name))
      reading.problems.add(at, `${JSON.stringify(name)} cannot be the name of an environment variable`);
    else if (name.startsWith('MILLRACE_'))
      reading.problems.add(at, `"${name}" is set by Millrace: names that begin with MILLRACE_ are reserved`);
    else if (typeof value !== 'string')
      reading.problems.add(
        at,
        `"${name}" must be text, not ${kindOf(value)}${value === null || typeof value === 'object' ? '' : ': put it in quotes'}`,
      );
    else env[name] = value;
  }
  return env;
};

/** `output` is a zod or JSON Schema; `outputs` is `{ required, schema }`. */
const readOutput = (reading: Reading, fields: Fields): OutputSpec => {
  if (fields.has('output') && fields.has('outputs'))
    fields.wrong('outputs', 'must not stand beside "output": write one of them');
  if (fields.has('output')) return { required: [], schema: readSchema(reading, fields, 'output') };
  if (!fields.has('outputs')) return { required: [], schema: null };
  const outputs = new Fields(reading, fields.raw('outputs'), fields.at('outputs'), ['required', 'schema']);
  const schema: JsonSchema | null = outputs.has('schema') ? readSchema(reading, outputs, 'schema') : null;
  return { required: outputs.texts('required') ?? [], schema };
};
