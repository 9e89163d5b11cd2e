/** Which artifacts of a gate are open at first. Pure. */
import type { Gate } from '@millrace/client';
import { previewKind } from '../../parts/artifacts/preview-kind.ts';

/** Each opens a preview: more would make the page long and slow. */
const MOST = 6;

/** The first that can be previewed; if some of them changed since they were judged last, only those. */
export const openFirst = (
  shown: Gate['shown'],
  isSame: (stage: string, name: string) => boolean,
): ReadonlySet<string> => {
  const previewed = shown.flatMap(({ stage, artifacts }) =>
    artifacts
      .filter(({ name, media_type }) => media_type !== null && canBePreviewed(media_type, name))
      .map(({ artifact_id, name }) => ({ artifact_id, same: isSame(stage, name) })),
  );
  const changed = previewed.filter(({ same }) => !same);
  const open = changed.length > 0 ? changed : previewed;
  return new Set(open.slice(0, MOST).map(({ artifact_id }) => artifact_id));
};

const canBePreviewed = (content_type: string, name: string): boolean => previewKind({ content_type, name }) !== 'none';
