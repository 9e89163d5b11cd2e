import type { ArtifactAmount } from '../ports/index.ts';
import { StageFailure } from './stage-failure.ts';

const VARIABLES = {
  attempt: { count: 'MILLRACE_ARTIFACT_ATTEMPT_COUNT', bytes: 'MILLRACE_ARTIFACT_ATTEMPT_BYTES' },
  run: { count: 'MILLRACE_ARTIFACT_RUN_COUNT', bytes: 'MILLRACE_ARTIFACT_RUN_BYTES' },
} as const;

/** Null: within the limit. */
export const overLimit = (
  whose: 'attempt' | 'run',
  would: ArtifactAmount,
  limit: ArtifactAmount,
): StageFailure | null => {
  if (would.count > limit.count)
    return new StageFailure(
      'too_many_artifacts',
      `the ${whose} would have ${would.count} artifacts; the limit ${VARIABLES[whose].count} is ${limit.count}`,
    );
  if (would.bytes > limit.bytes)
    return new StageFailure(
      'artifacts_too_large',
      `the artifacts of the ${whose} would be ${would.bytes} bytes or more; the limit ${VARIABLES[whose].bytes} is ${limit.bytes}`,
    );
  return null;
};
