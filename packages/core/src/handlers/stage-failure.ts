/** Every code that Millrace itself assigns to a failed attempt; other codes are names of errors thrown by handlers. */
export const STAGE_FAILURES = {
  timed_out: { retry: 'policy', says: 'the attempt, or all attempts together, took longer than allowed' },
  heartbeat_lost: { retry: 'policy', says: 'the attempt was silent for longer than allowed' },
  invalid_output: { retry: 'policy', says: 'the output is not JSON, or not what the stage promises' },
  output_too_large: { retry: 'never', says: 'the output is larger than output_bytes' },
  invalid_checkpoint: { retry: 'policy', says: 'what is given as a checkpoint is not JSON' },
  checkpoint_too_large: { retry: 'never', says: 'a checkpoint is larger than checkpoint_bytes' },
  command_failed: { retry: 'policy', says: 'the command ended with another exit code than 0, or by a signal' },
  command_not_found: { retry: 'never', says: 'the program is not there' },
  command_not_executable: { retry: 'never', says: 'the program may not be executed' },
  cwd_not_found: { retry: 'never', says: 'the folder to run in is not there' },
  invalid_argument: { retry: 'never', says: 'an argument or environment value cannot be passed to a program' },
  unresolved_reference: { retry: 'never', says: 'a ${{ … }} names a value that this run does not have' },
  too_many_artifacts: { retry: 'never', says: 'the attempt, or the run, stores more artifacts than may be' },
  artifacts_too_large: {
    retry: 'never',
    says: 'the artifacts of the attempt, or of the run, are more bytes than may be',
  },
  process_exit: {
    retry: 'policy',
    says: 'the function called process.exit, or another way to end the process that all stages share',
  },
  invalid_artifact: {
    retry: 'never',
    says: 'an artifact cannot be stored under that name, or what is given as its content is none',
  },
  gate_expression_failed: {
    retry: 'never',
    says: '`when` or `auto` of its gate cannot be evaluated over the params and outputs of this run',
  },
  artifact_unreadable: { retry: 'never', says: 'the file or stream of an artifact cannot be read' },
} as const;
export type StageFailureCode = keyof typeof STAGE_FAILURES;

/** A failure of an attempt detected by Millrace, with its code. */
export class StageFailure extends Error {
  readonly code: StageFailureCode;
  /** `policy`: the stage's retry policy decides; `never`, `always`: regardless of its `nonRetryableErrors`. */
  readonly retry: 'policy' | 'never' | 'always';

  constructor(
    code: StageFailureCode,
    message: string,
    options: { readonly retry?: 'policy' | 'never' | 'always'; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'StageFailure';
    this.code = code;
    this.retry = options.retry ?? STAGE_FAILURES[code].retry;
  }
}
