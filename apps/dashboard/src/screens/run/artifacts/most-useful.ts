import type { Artifact } from '@millrace/client';
import { type PreviewKind, previewKind } from './preview-kind.ts';

/** What a reader most likely came for: a report, else a picture, else a table, else a text; of the stage, if it has one. Null: nothing that can be shown. */
export const mostUseful = <A extends Pick<Artifact, 'stage' | 'content_type' | 'name'>>(artifacts: readonly A[], stage: string | undefined): A | null => {
  const ofStage = artifacts.filter((artifact) => artifact.stage === stage);
  const among = ofStage.length > 0 ? ofStage : artifacts;
  return ORDER.map((kind) => among.find((artifact) => previewKind(artifact) === kind)).find((found) => found !== undefined) ?? null;
};

const ORDER: readonly PreviewKind[] = ['html', 'image', 'csv', 'text', 'json'];
