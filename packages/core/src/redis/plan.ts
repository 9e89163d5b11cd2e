import { decidesEnd, DEFAULT_RULE, type Pipeline, type Stage, type StageName, startsReady } from '../domain/index.ts';
import { pack, storedNames } from './layout/packed.ts';
import { DEPENDANT, DEPENDENCY, HANDLER, LIST, PLAN, PLAN_SPECIAL, PLAN_STAGE } from './layout/records.ts';

const STORED = storedNames(PLAN);

/** The parts of a pipeline version that scripts need, in the form they read: fields of the record PLAN. */
export const planFieldsOf = (pipeline: Pipeline): Readonly<Record<string, string>> => {
  const indexOf = new Map(pipeline.stages.map((stage) => [stage.name, stage.index]));
  const dependants: string[][] = pipeline.stages.map(() => []);
  for (const stage of pipeline.stages)
    for (const name of stage.dependsOn) dependants[indexOf.get(name)!]!.push(packDependant(stage));
  const fields: Record<string, string> = {
    [STORED.stageCount]: String(pipeline.stages.length),
    [STORED.timeout]: String(pipeline.timeoutMs ?? 0),
    ...listOf(STORED.roots, pipeline.stages.filter((stage) => startsReady(stage)).map(packDependant)),
  };
  for (const stage of pipeline.stages) {
    fields[`${STORED.stage}${stage.index}`] = packStage(stage);
    if (isSpecial(stage)) fields[`${STORED.special}${stage.index}`] = packSpecial(stage, indexOf);
    const dependencies = stage.dependsOn.map((name) => pack(DEPENDENCY, { index: indexOf.get(name)!, name }));
    Object.assign(
      fields,
      listOf(`${STORED.dependencies}${stage.index}`, dependencies),
      listOf(`${STORED.dependants}${stage.index}`, dependants[stage.index]!),
    );
  }
  return fields;
};

const { items: itemsPerPart, part: beforePart, more } = storedNames(LIST);

/**
 * The list in its fields, at least one. A list of more than 100 items continues in further fields, `<field>.1`,
 * `<field>.2` …, so that no script reads more of it than it visits; each part but the last ends with " +" and the total
 * number of items.
 */
export const listOf = (field: string, items: readonly string[]): Record<string, string> => {
  const parts: Record<string, string> = {};
  for (let at = 0; at === 0 || at < items.length; at += itemsPerPart) {
    const isLast = at + itemsPerPart >= items.length;
    const text = items.slice(at, at + itemsPerPart).join(' ');
    parts[at === 0 ? field : `${field}${beforePart}${at / itemsPerPart}`] = isLast
      ? text
      : `${text}${more}${items.length}`;
  }
  return parts;
};

/** Characters of a definition that one script takes: a text of megabytes would hold Redis for tens of milliseconds. */
const DEFINITION_PART = 100_000;

/** The pipeline as JSON: what `definition` holds, and the further fields of a long one. */
export const definitionFieldsOf = (pipeline: Pipeline) => {
  const json = JSON.stringify(pipeline);
  const parts: string[] = [];
  for (let from = 0; from < json.length; from += parts.at(-1)!.length) {
    const to = from + DEFINITION_PART;
    // A character beyond U+FFFF is two code units, and stays whole.
    parts.push(json.slice(from, /[\ud800-\udbff]/.test(json[to - 1] ?? '') ? to + 1 : to));
  }
  const [first = '', ...rest] = parts;
  const fields: Record<string, string> = rest.length === 0 ? {} : { [STORED.definitionParts]: String(parts.length) };
  for (const [at, part] of rest.entries()) fields[partOfDefinition(at + 1)] = part;
  return { first, fields };
};

/** The field of a part, from 1 on. */
export const partOfDefinition = (part: number): string => `${STORED.definition}.${part}`;

/** More than the end of its last parent decides when it runs. */
export const isSpecial = ({ when }: Stage): boolean => when !== DEFAULT_RULE;

const packSpecial = (stage: Stage, indexOf: ReadonlyMap<StageName, number>): string =>
  pack(PLAN_SPECIAL, {
    rule: stage.when,
    setUps: stage.teardown?.of.map((name) => indexOf.get(name)!).join(',') ?? '-',
    decidesEnd: decidesEnd(stage),
  });

const packStage = (stage: Stage): string => {
  const { name, queue, retry, timeouts, handler } = stage;
  return pack(PLAN_STAGE, {
    name,
    queue,
    timed: Boolean(timeouts.stage) || Boolean(timeouts.queue),
    maximumAttempts: retry.maximumAttempts,
    initialInterval: retry.initialInterval,
    backoffCoefficient: retry.backoffCoefficient,
    maximumInterval: retry.maximumInterval,
    jitter: retry.jitter,
    stageTimeout: timeouts.stage ?? 0,
    queueTimeout: timeouts.queue ?? 0,
    handler: HANDLER.fields[handler.kind === 'function' ? 'function' : 'command'].stored,
    special: isSpecial(stage),
  });
};

export const packDependant = (stage: Stage): string => {
  const { index, dependsOn, queue, name, timeouts } = stage;
  return pack(DEPENDANT, {
    index,
    dependencies: dependsOn.length,
    queue,
    name,
    queueTimeout: timeouts.queue ?? 0,
    stageTimeout: timeouts.stage ?? 0,
    special: isSpecial(stage),
  });
};

/** Fields of a hash as the scripts are sent them. */
export const fieldsOf = (fields: Readonly<Record<string, string>>) =>
  Object.entries(fields).map(([name, value]) => ({ name, value }));
