import type { JsonSchema } from '../domain/index.ts';
import type { Reading } from './fields.ts';
import { closedNames, propertyOf } from './params-schema.ts';
import type { ReadStage } from './read-stage.ts';
import type { Path } from './source.ts';
import { parseTemplate, type Reference } from './template.ts';

/** Checks that every `${{ … }}` of a command names a param that can be given or an output that will exist. */
export const checkReferences = (reading: Reading, stages: readonly ReadStage[], params: JsonSchema | null): void => {
  for (const read of stages) {
    for (const [path, text] of textsOf(read)) {
      if (!text.includes('${{')) continue;
      const { template, problem } = parseTemplate(text);
      if (problem !== null) reading.problems.add(path, problem);
      for (const piece of template) if (typeof piece !== 'string') checkReference(reading, path, piece, read, params);
    }
  }
};

function* textsOf({ stage, commandPath }: ReadStage): Generator<readonly [Path, string]> {
  if (stage.handler.kind !== 'command') return;
  for (const [index, text] of stage.handler.command.entries()) yield [[...commandPath, 'command', index], text];
  for (const [name, text] of Object.entries(stage.handler.env)) yield [[...commandPath, 'env', name], text];
  if (stage.handler.cwd !== null) yield [[...commandPath, 'cwd'], stage.handler.cwd];
}

const checkReference = (
  reading: Reading,
  at: Path,
  reference: Reference,
  { stage }: ReadStage,
  params: JsonSchema | null,
): void => {
  if (reference.kind === 'param') checkParam(reading, at, reference.path, params);
  if (reference.kind === 'input' && !(stage.dependsOn as readonly string[]).includes(reference.stage))
    reading.problems.addUnknown(
      at,
      `inputs.${reference.stage}: stage "${stage.name}" does not depend on "${reference.stage}"`,
      reference.stage,
      stage.dependsOn,
    );
};

const checkParam = (reading: Reading, at: Path, path: readonly string[], params: JsonSchema | null): void => {
  let schema = params;
  for (const [depth, name] of path.entries()) {
    const names = depth === 0 ? closedNames(schema) : schema?.['type'] === 'object' ? closedNames(schema) : null;
    if (names !== null && !names.has(name)) {
      const known = path.slice(0, depth + 1).join('.');
      const why = names.size === 0 && depth === 0 ? 'the pipeline takes no params' : 'there is no such param';
      reading.problems.addUnknown(at, `params.${known}: ${why}`, name, names);
      return;
    }
    schema = propertyOf(schema, name);
    if (schema === null) return;
  }
};
