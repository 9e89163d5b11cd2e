/** What a pipeline's author imports. */
export {
  type ArtifactContent,
  definePipeline,
  type PipelineDefinition,
  type PipelineOptions,
  type StageContext,
  type StageHandler,
} from './definition/index.ts';
export { NonRetryableError, RetryableError } from './domain/index.ts';
