export type PreviewKind = 'html' | 'image' | 'csv' | 'json' | 'text' | 'none';

/** How to preview an artifact, by type, or by name if the type is generic. */
export const previewKind = ({ content_type, name }: { readonly content_type: string; readonly name: string }): PreviewKind => {
  const type = content_type.split(';')[0]!.trim().toLowerCase();
  if (type === 'text/html') return 'html';
  if (IMAGES.test(type)) return 'image';
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
