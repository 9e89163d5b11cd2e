/** The public API for pipeline authors. */
export {
  type ArtifactContent,
  definePipeline,
  type PipelineDefinition,
  type PipelineOptions,
  type StageContext,
  type StageHandler,
} from './definition/index.ts';
export { NonRetryableError, RetryableError } from './domain/index.ts';
