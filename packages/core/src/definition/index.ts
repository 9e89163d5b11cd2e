export { type CompiledPipeline, compilePipeline } from './compile-pipeline.ts';
export { problemOfCron, problemOfInterval, problemOfTimezone } from './cron.ts';
export {
  type AnyPipelineDefinition,
  definePipeline,
  isPipelineDefinition,
  type PipelineDefinition,
  sourceOfDefinition,
} from './define-pipeline.ts';
export { compileExpression, type GateValues } from './gate-expression.ts';
export { checkAgainst } from './json-schema.ts';
export { type LoadedPipeline, loadPipelines } from './load-pipelines.ts';
export { DEFAULT_GRACE_MS } from './read-timing.ts';
export { DEFAULT_CATCH_UP } from './read-schedules.ts';
export type { ArtifactContent, StageContext, StageHandler } from './stage-context.ts';
export { orderStages } from './stage-order.ts';
export type {
  CommandOptions,
  CommonStageOptions,
  FunctionOptions,
  GateOptions,
  GateStageOptions,
  Jsonified,
  PipelineOptions,
  RetryOptions,
  ScheduleOptions,
  TimingOptions,
} from './stage-options.ts';
export { parseTemplate, type Reference, type Template } from './template.ts';
export { validateForm } from './validate-form.ts';
export { validateParams } from './validate-params.ts';
export { versionOf } from './version.ts';
export { sourceOfYaml } from './yaml-source.ts';
