import type { Artifact } from '@millrace/client';

type PreviewKind = 'html' | 'image' | 'audio' | 'video' | 'csv' | 'json' | 'text' | 'none';

/** How to preview an artifact, by type, or by name if the type is generic. */
export const previewKind = ({
  content_type,
  name,
}: {
  readonly content_type: string;
  readonly name: string;
}): PreviewKind => {
  const type = content_type.split(';')[0]!.trim().toLowerCase();
  if (type === 'text/html') return 'html';
  if (IMAGES.test(type)) return 'image';
  if (type.startsWith('audio/')) return 'audio';
  if (type.startsWith('video/')) return 'video';
  if (type === 'text/csv' || type === 'text/tab-separated-values') return 'csv';
  if (type === 'application/json' || type.endsWith('+json')) return 'json';
  if (type.startsWith('text/') || TEXTS.has(type)) return BY_NAME[extensionOf(name)] ?? 'text';
  return type === 'application/octet-stream' ? (BY_NAME[extensionOf(name)] ?? 'none') : 'none';
};

const IMAGES = /^image\/(png|jpeg|gif|webp|avif|svg\+xml)$/;
const TEXTS = new Set([
  'application/x-ndjson',
  'application/ndjson',
  'application/xml',
  'application/yaml',
  'application/x-yaml',
  'application/sql',
  'application/toml',
]);
const BY_NAME: Readonly<Record<string, PreviewKind>> = {
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  txt: 'text',
  log: 'text',
  md: 'text',
  ndjson: 'text',
  yaml: 'text',
  yml: 'text',
};
const extensionOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1).toLowerCase();

/**
 * The artifact a reader most likely wants: a report, else a video, an image, a sound, a table or text; of the given
 * stage if it has one. Only last attempts count. Null: nothing can be previewed.
 */
export const mostUseful = <A extends Pick<Artifact, 'stage' | 'generation' | 'attempt' | 'content_type' | 'name'>>(
  artifacts: readonly A[],
  stage: string | undefined,
): A | null => {
  const last = new Map<string, number>();
  const order = ({ generation, attempt }: A): number => generation * 1e6 + attempt;
  for (const one of artifacts) last.set(one.stage, Math.max(order(one), last.get(one.stage) ?? 0));
  const counting = artifacts.filter((artifact) => order(artifact) === last.get(artifact.stage));
  const ofStage = counting.filter((artifact) => artifact.stage === stage);
  const among = ofStage.length > 0 ? ofStage : counting;
  return (
    ORDER.map((kind) => among.find((artifact) => previewKind(artifact) === kind)).find(
      (found) => found !== undefined,
    ) ?? null
  );
};

const ORDER: readonly PreviewKind[] = ['html', 'video', 'image', 'audio', 'csv', 'text', 'json'];
