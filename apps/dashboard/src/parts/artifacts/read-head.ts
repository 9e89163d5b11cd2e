import type { Client } from '@millrace/client';

/** Bytes read for a preview. */
export const HEAD_BYTES = 256 * 1024;

/** The beginning of the artifact as text; invalid UTF-8 becomes U+FFFD. `cut`: there is more. */
export const readHead = async (
  api: Client,
  runId: string,
  artifact: { readonly artifact_id: string; readonly size: number },
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly cut: boolean }> => {
  if (artifact.size === 0) return { text: '', cut: false };
  const response = await api.artifactContent(
    runId,
    artifact.artifact_id,
    { Range: `bytes=0-${HEAD_BYTES - 1}` },
    signal,
  );
  const bytes = new Uint8Array(await response.arrayBuffer());
  const cut = artifact.size > HEAD_BYTES;
  return { text: new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES), { stream: cut }), cut };
};
