export type { AbortReason } from './abort-reason.ts';
export type { AttemptServices } from './attempt-services.ts';
export { commandHandler } from './command-handler.ts';
export { cutText } from './cut-text.ts';
export { EventQueue, type EventQueueOptions } from './event-queue.ts';
export { CUT_MARK, LineSplitter } from './line-splitter.ts';
export { runAttempt } from './run-attempt.ts';
export { STAGE_FAILURES, StageFailure, type StageFailureCode } from './stage-failure.ts';
export { type ReferenceValues, substitute } from './substitute.ts';
