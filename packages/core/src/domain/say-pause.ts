/** A pause in words: "pipeline etl is paused by ann since 2026-01-05T12:15:30.123Z: move". `since`: as it is shown. */
export const sayPause = ({
  pipeline,
  by,
  since,
  reason,
}: {
  /** Null: the whole deployment. */
  readonly pipeline: string | null;
  readonly by: string | null;
  readonly since: string;
  readonly reason: string | null;
}): string =>
  `${pipeline === null ? 'the deployment' : `pipeline ${pipeline}`} is paused${by === null ? '' : ` by ${by}`} since ${since}${reason === null ? '' : `: ${reason}`}`;
