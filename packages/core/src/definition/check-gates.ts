import type { GateDefinition, JsonSchema } from '../domain/index.ts';
import type { Reading } from './fields.ts';
import { type CompiledExpression, compileExpression } from './gate-expression.ts';
import { closedNames } from './params-schema.ts';
import type { ReadStage } from './read-stage.ts';
import { type Path, spell } from './source.ts';
import { orderStages } from './stage-order.ts';

/** Checks what a gate says of other stages, and its expressions. */
export const checkGates = (reading: Reading, stages: readonly ReadStage[], params: JsonSchema | null): void => {
  const gated = new Set(stages.filter(({ stage }) => stage.gate).map(({ stage }) => stage.name as string));
  if (gated.size === 0) return;
  const names = new Set(stages.map(({ stage }) => stage.name as string));
  for (const read of stages) {
    const { gate } = read.stage;
    if (!gate) continue;
    checkDependencies(reading, read, gate, names, gated);
    for (const field of ['when', 'auto'] as const) checkExpression(reading, read, gate, field, params);
  }
  refuseCycle(reading, stages);
};

const pathOf = ({ path }: ReadStage, ...further: Path): Path => [...path, 'gate', ...further];

const checkDependencies = (
  reading: Reading,
  read: ReadStage,
  { dependsOn }: GateDefinition,
  names: ReadonlySet<string>,
  gated: ReadonlySet<string>,
): void => {
  for (const [index, name] of dependsOn.entries()) {
    const at = pathOf(read, spell(reading.source, 'dependsOn'), index);
    if (name === read.stage.name) reading.problems.add(at, `the gate of "${name}" depends on itself`);
    else if (dependsOn.indexOf(name) < index) reading.problems.add(at, `"${name}" is listed twice`);
    else if (!names.has(name)) reading.problems.addUnknown(at, `there is no stage "${name.slice(0, 80)}"`, name, gated);
    else if (!gated.has(name)) reading.problems.add(at, `stage "${name}" has no gate`);
  }
};

const checkExpression = (
  reading: Reading,
  read: ReadStage,
  gate: GateDefinition,
  field: 'when' | 'auto',
  params: JsonSchema | null,
): void => {
  const text = gate[field];
  if (text === null) return;
  const at = pathOf(read, field);
  let compiled: CompiledExpression;
  try {
    compiled = compileExpression(text, field === 'when' ? 'bool' : 'decision');
  } catch (error) {
    reading.problems.add(at, `"${field}": ${(error as Error).message}`);
    return;
  }
  const outputs = outputsSeen(read, gate);
  for (const [root, name] of compiled.reads) {
    if (root === 'outputs' && name !== undefined && !outputs.has(name))
      reading.problems.addUnknown(at, `"${field}" reads outputs.${name}: ${sayUnseen(read, gate)}`, name, outputs);
    const known = closedNames(params);
    if (root === 'params' && name !== undefined && known !== null && !known.has(name))
      reading.problems.addUnknown(at, `"${field}" reads params.${name}: there is no such param`, name, known);
  }
};

const outputsSeen = ({ stage }: ReadStage, { kind }: GateDefinition): ReadonlySet<string> =>
  new Set<string>([...stage.dependsOn, ...(kind === 'result' ? [stage.name] : [])]);

const sayUnseen = ({ stage }: ReadStage, { kind }: GateDefinition): string =>
  kind === 'result'
    ? `it sees the output of "${stage.name}" and of the stages that it depends on`
    : `it sees the outputs of the stages that "${stage.name}" depends on`;

/** A gate that waits for the gate of a stage behind it would wait for ever. */
const refuseCycle = (reading: Reading, stages: readonly ReadStage[]): void => {
  const waits = stages.map(({ stage }) => ({
    name: stage.name as string,
    dependsOn: [...stage.dependsOn, ...(stage.gate?.dependsOn ?? [])].filter((name) => name !== stage.name),
  }));
  const plain = stages.map(({ stage: { name, dependsOn } }) => ({
    name: name as string,
    dependsOn: dependsOn.filter((one) => one !== name),
  }));
  const order = orderStages(waits);
  // A cycle of the stages themselves has its own problem.
  if (order.kind === 'ordered' || orderStages(plain).kind === 'cycle') return;
  const first = stages.find(({ stage }) => order.cycle.includes(stage.name) && stage.gate?.dependsOn.length);
  reading.problems.add(
    pathOf(first!, spell(reading.source, 'dependsOn')),
    `the gates wait for each other: ${order.cycle.join(' -> ')} (each waits for the next)`,
  );
};
