import { StageFailure } from './stage-failure.ts';

const NAME_BYTES = 255;

/** @throws StageFailure `invalid_artifact` */
export const checkArtifactName = (name: unknown): void => {
  if (typeof name !== 'string')
    throw new StageFailure('invalid_artifact', `an artifact's name must be a string, not ${typeof name}`);
  const segments = name.split('/');
  const isSound =
    name !== '' &&
    Buffer.byteLength(name) <= NAME_BYTES &&
    !/[\u0000-\u001f\u007f\\]|\p{Surrogate}/u.test(name) &&
    !segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  if (!isSound)
    throw new StageFailure(
      'invalid_artifact',
      `${JSON.stringify(name.slice(0, 300))} cannot name an artifact: write a relative path with "/", without "..", of at most ${NAME_BYTES} bytes`,
    );
};
