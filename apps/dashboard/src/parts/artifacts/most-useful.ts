import type { Artifact } from '@millrace/client';
import { type PreviewKind, previewKind } from './preview-kind.ts';

/**
 * The artifact a reader most likely wants: a report, else an image, a table or text; of the given stage if it has one.
 * Only last attempts count. Null: nothing can be previewed.
 */
export const mostUseful = <A extends Pick<Artifact, 'stage' | 'attempt' | 'content_type' | 'name'>>(
  artifacts: readonly A[],
  stage: string | undefined,
): A | null => {
  const last = new Map<string, number>();
  for (const artifact of artifacts) last.set(artifact.stage, Math.max(artifact.attempt, last.get(artifact.stage) ?? 0));
  const counting = artifacts.filter((artifact) => artifact.attempt === last.get(artifact.stage));
  const ofStage = counting.filter((artifact) => artifact.stage === stage);
  const among = ofStage.length > 0 ? ofStage : counting;
  return ORDER.map((kind) => among.find((artifact) => previewKind(artifact) === kind)).find((found) => found !== undefined) ?? null;
};

const ORDER: readonly PreviewKind[] = ['html', 'image', 'csv', 'text', 'json'];
