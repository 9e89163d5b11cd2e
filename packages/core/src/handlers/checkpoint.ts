import { LIMITS } from '../domain/index.ts';
import { plainJsonOf } from './plain-json.ts';
import { StageFailure } from './stage-failure.ts';

/** @throws StageFailure `invalid_checkpoint` listing each path, `checkpoint_too_large` */
export const checkpointJsonOf = (data: unknown): string => {
  const json = plainJsonOf(data, 'checkpoint', 'invalid_checkpoint');
  checkCheckpointSize(Buffer.byteLength(json));
  return json;
};

/** @throws StageFailure `checkpoint_too_large` */
export const checkCheckpointSize = (bytes: number): void => {
  if (bytes > LIMITS.checkpoint_bytes)
    throw new StageFailure(
      'checkpoint_too_large',
      `the checkpoint is ${bytes} bytes of JSON; the limit checkpoint_bytes is ${LIMITS.checkpoint_bytes}: store what is long as an artifact and keep its name`,
    );
};
