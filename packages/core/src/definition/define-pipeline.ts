import type { z } from 'zod';
import type { JsonSchema, TriggerRuleName } from '../domain/index.ts';
import { type DefinitionSource, isMap, type Path } from './source.ts';
import type {
  CommandOptions,
  CommonStageOptions,
  FunctionOptions,
  GateStageOptions,
  InputsOf,
  Jsonified,
  PipelineOptions,
} from './stage-options.ts';
import { isZod } from './zod-schema.ts';

/*
 * A definition is recognised by a symbol in the global registry, not by `instanceof`: a pipeline file may load
 * its own copy of this module.
 */
const DEFINITION = Symbol.for('millrace.pipeline_definition');

/** Any pipeline, whatever its types. */
export interface AnyPipelineDefinition {
  readonly [DEFINITION]: Authored;
}

/**
 * A pipeline under construction. Each `.stage(…)` returns a new definition with that stage added. The type carries the
 * outputs of earlier stages, and a stage can depend on those only, so a cycle cannot be written.
 */
export interface PipelineDefinition<Params, Outputs> extends AnyPipelineDefinition {
  /** A stage with an output schema. */
  stage<
    const Name extends string,
    const Needs extends readonly (keyof Outputs & string)[] = [],
    Output extends z.ZodType = z.ZodType,
    const When extends TriggerRuleName = 'all_succeeded',
    const Of extends readonly (keyof Outputs & string)[] = [],
  >(
    name: NewName<Name, Outputs>,
    options: CommonStageOptions<Needs, When, Of> & { readonly output: Output } & (
        | FunctionOptions<Params, InputsOf<Outputs, Needs, When, Of>, z.input<Output>>
        | CommandOptions
      ),
  ): PipelineDefinition<Params, Outputs & Record<Name, Jsonified<z.output<Output>>>>;

  /** A stage whose output type is its function's return type. */
  stage<
    const Name extends string,
    const Needs extends readonly (keyof Outputs & string)[] = [],
    Returned = unknown,
    const When extends TriggerRuleName = 'all_succeeded',
    const Of extends readonly (keyof Outputs & string)[] = [],
  >(
    name: NewName<Name, Outputs>,
    options: CommonStageOptions<Needs, When, Of> & { readonly output?: never } & (
        | FunctionOptions<Params, InputsOf<Outputs, Needs, When, Of>, Returned>
        | CommandOptions
      ),
  ): PipelineDefinition<Params, Outputs & Record<Name, Jsonified<Returned>>>;

  /** A stage that is a gate. */
  stage<
    const Name extends string,
    const Needs extends readonly (keyof Outputs & string)[] = [],
    Form extends z.ZodType = z.ZodType,
    const When extends TriggerRuleName = 'all_succeeded',
  >(
    name: NewName<Name, Outputs>,
    options: Omit<CommonStageOptions<Needs, When, []>, 'gate' | 'teardown' | 'outputs'> & GateStageOptions<Form>,
  ): PipelineDefinition<Params, Outputs & Record<Name, Jsonified<z.output<Form>> | null>>;
}

type NewName<Name extends string, Outputs> = Name extends keyof Outputs ? `there is already a stage "${Name}"` : Name;
type ParamsOf<P> = P extends z.ZodType
  ? Readonly<z.output<P>>
  : P extends JsonSchema
    ? Readonly<Record<string, unknown>>
    : Readonly<Record<string, never>>;
type NoOutputs = Record<never, never>;

/**
 * Begins a pipeline: `export default definePipeline('name', {…}).stage('first', {…}).stage(…)`. Checked when loaded.
 */
export const definePipeline = <P extends z.ZodType | JsonSchema | undefined = undefined>(
  name: string,
  options: PipelineOptions<P> = {},
): PipelineDefinition<ParamsOf<P>, NoOutputs> =>
  definitionOf({ name, options, last: null }) as PipelineDefinition<ParamsOf<P>, NoOutputs>;

/** The definition so far; stages are linked backwards, so that adding one takes constant time. */
interface Authored {
  readonly name: string;
  readonly options: unknown;
  readonly last: AuthoredStage | null;
}
interface AuthoredStage {
  readonly name: string;
  readonly options: unknown;
  readonly before: AuthoredStage | null;
}

const definitionOf = (authored: Authored): unknown => ({
  [DEFINITION]: authored,
  stage: (name: string, options: unknown) =>
    definitionOf({ ...authored, last: { name, options, before: authored.last } }),
});

/** 0: not representable as JSON, which is reported separately. */
const bytesOf = (written: unknown): number => {
  try {
    return Buffer.byteLength(JSON.stringify(written, (_key, value: unknown) => (isZod(value) ? undefined : value)));
  } catch {
    return 0;
  }
};

export const isPipelineDefinition = (value: unknown): value is AnyPipelineDefinition =>
  typeof value === 'object' && value !== null && DEFINITION in value;

/**
 * The TypeScript form as a source; problems are located by dotted path, prefixed by the file's name if there is one.
 */
export const sourceOfDefinition = (definition: AnyPipelineDefinition, file: string | null): DefinitionSource => {
  const { name, options, last } = definition[DEFINITION];
  const stages: (readonly [string, unknown])[] = [];
  for (let stage = last; stage; stage = stage.before) stages.push([String(stage.name), stage.options]);
  stages.reverse();
  return {
    file,
    spelling: 'camel',
    value: { ...(isMap(options) ? options : {}), name, stages: {} },
    stages,
    bytes: bytesOf([name, options, stages]),
    locate: (path: Path) =>
      [file, path.join('.')].filter((part) => part !== null && part !== '').join(': ') || 'definition',
  };
};
