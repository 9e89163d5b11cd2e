import {
  type AnyPipelineDefinition,
  compilePipeline,
  sourceOfDefinition,
  sourceOfYaml,
} from '@millrace/core/definition';
import type { ErrorDetail, MillraceError } from '@millrace/core/domain';

export const fromYaml = (text: string) => compilePipeline(sourceOfYaml(text, 'p.pipeline.yaml')).pipeline;
export const fromCode = (definition: AnyPipelineDefinition) =>
  compilePipeline(sourceOfDefinition(definition, null)).pipeline;

/** Each problem as "place message". */
export const problemsOf = (compile: () => unknown): readonly string[] => {
  try {
    compile();
    return [];
  } catch (error) {
    if ((error as MillraceError).code !== 'invalid_definition') throw error;
    return (error as { errors: readonly ErrorDetail[] }).errors.map(({ path, message }) => `${path} ${message}`);
  }
};
