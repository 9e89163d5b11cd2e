import {
  isName,
  type JsonSchema,
  LIMITS,
  OVERLAP_POLICIES,
  type Pipeline,
  type PipelineName,
  problemsOfValue,
  type Stage,
  type StageName,
} from '../domain/index.ts';
import { checkGates } from './check-gates.ts';
import { checkReferences } from './check-references.ts';
import { Fields, kindOf, type Reading, type Unsupported } from './fields.ts';
import { Problems } from './problems.ts';
import { readModes } from './read-modes.ts';
import { checkSchedules, readSchedules } from './read-schedules.ts';
import { readParamsSchema } from './read-schema.ts';
import { type ReadStage, readStage } from './read-stage.ts';
import { BUILT_IN, readTiming, type StageDefaults, TIMING_FIELDS } from './read-timing.ts';
import type { DefinitionSource } from './source.ts';
import type { StageHandler } from './stage-context.ts';
import { orderStages } from './stage-order.ts';
import type { Effort } from './check-value.ts';
import { newEffort } from './json-schema.ts';
import { validateParams } from './validate-params.ts';
import { versionOf } from './version.ts';
import { isZod } from './zod-schema.ts';

/** A valid definition and the functions of its function stages. */
export interface CompiledPipeline {
  readonly pipeline: Pipeline;
  readonly handlers: ReadonlyMap<StageName, StageHandler>;
}

const PIPELINE_FIELDS = [
  'name',
  'description',
  'params',
  'modes',
  'overlap',
  'timeout',
  'schedules',
  'defaults',
  'stages',
];
/** Stands in for an unreadable schema, which already has its own problem. */
const OPEN: JsonSchema = {};
const UNSUPPORTED: Unsupported = { dependsOn: 'a pipeline cannot wait for another one in this release' };

/**
 * The one way from a definition, TypeScript or YAML, to the model.
 * @throws MillraceError `invalid_definition` that lists everything wrong with it
 */
export const compilePipeline = (source: DefinitionSource): CompiledPipeline => {
  const reading: Reading = { source, problems: new Problems(source), effort: newEffort() };
  refuseOversize(reading);
  refuseWhatIsNoData(reading);
  const fields = new Fields(reading, source.value, [], PIPELINE_FIELDS, UNSUPPORTED);
  const name = fields.name('name');
  if (!fields.has('name')) reading.problems.add([], 'a pipeline needs a "name"');
  const subject = source.file ?? `pipeline ${name ?? '(unnamed)'}`;

  const read = readStages(reading, fields, readDefaults(reading, fields));
  const params = readParamsSchema(reading, fields);
  const known = params ?? (fields.has('params') ? OPEN : null);
  checkReferences(reading, read, known);
  checkGates(reading, read, known);
  const stages = ordered(reading, read);
  const names = new Set(read.map(({ stage }) => stage.name));
  const model: Omit<Pipeline, 'version'> = {
    name: (name ?? '') as PipelineName,
    description: fields.text('description') ?? '',
    params,
    modes: readModes(reading, fields, names, known),
    overlap: fields.choice('overlap', OVERLAP_POLICIES) ?? 'skip',
    timeoutMs: fields.duration('timeout'),
    schedules: readSchedules(reading, fields, name ?? '', names),
    stages,
  };
  reading.problems.throwIfAny(subject);

  const plain = JSON.parse(JSON.stringify(model)) as typeof model;
  const pipeline: Pipeline = { ...plain, version: versionOf(plain) };
  checkSchedules(reading, fields, pipeline, (of, schedule) => problemOfStart(of, schedule, reading.effort));
  reading.problems.throwIfAny(subject);
  return { pipeline, handlers: new Map(read.flatMap(({ stage, run }) => (run ? [[stage.name, run] as const] : []))) };
};

const refuseOversize = ({ source, problems }: Reading): void => {
  if (source.bytes > LIMITS.definition_bytes)
    problems.add(
      [],
      `the definition is ${source.bytes} bytes; the limit definition_bytes is ${LIMITS.definition_bytes}`,
    );
  if (source.stages.length > LIMITS.stages)
    problems.add(['stages'], `the pipeline has ${source.stages.length} stages; the limit stages is ${LIMITS.stages}`);
  problems.throwIfAny(source.file ?? 'definition');
};

/** Refuses TypeScript values that JSON cannot carry: a worker would read a different value. */
const refuseWhatIsNoData = ({ source, problems }: Reading): void => {
  if (source.spelling === 'snake') return;
  const stages = source.stages.map(([name, options]) => ({ path: ['stages', name], value: options }));
  for (const { path, value } of [{ path: [], value: source.value }, ...stages])
    for (const problem of problemsOfValue(
      value,
      (part, at) => isZod(part) || (typeof part === 'function' && at.join('.') === 'run'),
    ))
      problems.add([...path, ...problem.path], problem.message);
  problems.throwIfAny(source.file ?? 'definition');
};

const readDefaults = (reading: Reading, owner: Fields): StageDefaults =>
  owner.has('defaults')
    ? readTiming(reading, new Fields(reading, owner.raw('defaults'), owner.at('defaults'), TIMING_FIELDS), BUILT_IN)
    : BUILT_IN;

const readStages = (reading: Reading, owner: Fields, defaults: StageDefaults): readonly ReadStage[] => {
  if (owner.has('stages') && owner.map('stages') === null) return [];
  if (reading.source.stages.length === 0) reading.problems.add([], 'a pipeline needs at least one stage');
  const read = reading.source.stages.map(([name, options]) => readStage(reading, name, options, defaults));
  const seen = new Set<string>();
  for (const { stage, path } of read) {
    if (seen.has(stage.name)) reading.problems.add(path, `two stages are called "${stage.name}"`);
    seen.add(stage.name);
  }
  for (const one of read) checkDependencies(reading, one, seen);
  checkTeardowns(reading, read);
  return read;
};

const checkDependencies = (
  reading: Reading,
  { stage, dependencyPaths }: ReadStage,
  names: ReadonlySet<string>,
): void => {
  const listed = new Set<string>();
  for (const [index, name] of stage.dependsOn.entries()) {
    const at = dependencyPaths[index]!;
    if (listed.has(name)) reading.problems.add(at, `stage "${stage.name}" lists its dependency "${name}" twice`);
    else if (name === stage.name) reading.problems.add(at, `stage "${stage.name}" depends on itself`);
    else if (!names.has(name))
      reading.problems.addUnknown(
        at,
        `stage "${stage.name}" depends on "${name}", which is not a stage of the pipeline${isName(name) ? '' : ` (${kindOf(name)})`}`,
        name,
        names,
      );
    listed.add(name);
  }
};

/** A teardown is an end: only another one can follow. */
const checkTeardowns = ({ problems }: Reading, read: readonly ReadStage[]): void => {
  const teardowns = new Set(read.flatMap(({ stage }) => (stage.teardown ? [stage.name] : [])));
  for (const { stage, dependencyPaths } of read)
    for (const [index, name] of stage.dependsOn.entries()) {
      if (name === stage.name || !teardowns.has(name)) continue;
      if (!stage.teardown)
        problems.add(dependencyPaths[index]!, `stage "${stage.name}" cannot depend on "${name}": it is a teardown`);
      else if (stage.teardown.of.includes(name))
        problems.add(dependencyPaths[index]!, `stage "${stage.name}" cannot undo "${name}": it is a teardown itself`);
    }
};

/** In topological order, each with its index; a cycle is reported at its first stage. */
const ordered = (reading: Reading, read: readonly ReadStage[]): readonly Stage[] => {
  const loose = read.map(({ stage }) => ({
    ...stage,
    dependsOn: stage.dependsOn.filter((name) => name !== stage.name),
  }));
  const order = orderStages(loose);
  if (order.kind === 'ordered') return order.stages.map((stage, index) => ({ ...stage, index }));
  reading.problems.add(
    ['stages', order.cycle[0]!],
    `the stages form a cycle: ${inCircle(order.cycle)} (each depends on the next)`,
  );
  return [];
};

/** Shortens a long cycle to its first and last stages. */
const inCircle = (names: readonly string[]): string =>
  names.length > 40
    ? [...names.slice(0, 20), `… (${names.length - 21} more)`, names.at(-1)!].join(' -> ')
    : names.join(' -> ');

const problemOfStart = (pipeline: Pipeline, schedule: Pipeline['schedules'][number], effort: Effort): string | null => {
  try {
    validateParams(pipeline, schedule.params, schedule.mode, effort);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
};
