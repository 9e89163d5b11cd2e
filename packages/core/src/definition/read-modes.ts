import { type JsonSchema, OVERLAP_POLICIES, type PipelineMode, type StageName } from '../domain/index.ts';
import { isName, NAME_RULE } from '../domain/index.ts';
import { Fields, type Reading } from './fields.ts';
import { checkPart } from './json-schema.ts';
import { propertyOf } from './params-schema.ts';
import { closed, unknownParams } from './validate-params.ts';

/** The named presets of a pipeline. */
export const readModes = (
  reading: Reading,
  owner: Fields,
  stages: ReadonlySet<string>,
  params: JsonSchema | null,
): Readonly<Record<string, PipelineMode>> => {
  const modes: Record<string, PipelineMode> = {};
  for (const [name, options] of Object.entries(owner.map('modes') ?? {})) {
    const path = [...owner.at('modes'), name];
    if (!isName(name)) {
      reading.problems.add(path, `a mode's name must be ${NAME_RULE}; ${JSON.stringify(name.slice(0, 80))} is not`);
      continue;
    }
    const fields = new Fields(reading, options ?? {}, path, ['params', 'stages', 'overlap']);
    modes[name] = {
      params: readPreset(reading, fields, params),
      stages: readSelection(reading, fields, stages),
      overlap: fields.choice('overlap', OVERLAP_POLICIES),
    };
  }
  return modes;
};

/** A preset may omit params, but those it sets must be valid. */
const readPreset = (reading: Reading, fields: Fields, schema: JsonSchema | null): Readonly<Record<string, unknown>> => {
  const preset = fields.map('params') ?? {};
  const unknown = unknownParams({ params: schema }, preset);
  for (const { path, message } of unknown)
    reading.problems.add([...fields.path, ...path.split('.')], `${path}: ${message}`);
  const strict = schema === null ? null : closed(schema);
  for (const [name, value] of Object.entries(preset)) {
    const property = propertyOf(strict, name);
    const checked = property === null ? null : checkPart(property, value, strict!, reading.effort);
    if (checked?.ok === false)
      for (const { path, message } of checked.errors)
        reading.problems.add(
          [...fields.at('params'), name],
          `params.${name}${path === '' ? '' : `.${path}`}: ${message}`,
        );
  }
  return preset;
};

/** `stages`, each of which must exist in the pipeline; null: absent. */
export const readSelection = (
  reading: Reading,
  fields: Fields,
  stages: ReadonlySet<string>,
): readonly StageName[] | null => {
  const selection = fields.texts('stages');
  if (selection?.length === 0) fields.wrong('stages', 'must not be empty');
  for (const [index, name] of (selection ?? []).entries())
    if (!stages.has(name))
      reading.problems.addUnknown([...fields.at('stages'), index], `there is no stage "${name}"`, name, stages);
  return selection as readonly StageName[] | null;
};
