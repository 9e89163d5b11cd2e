import type { Artifact, Client } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { api } from '../../../api.ts';
import { formatBytes } from '../../../format/amounts.ts';
import { contentHref, DownloadLink } from '../../../parts/artifacts/download-link.tsx';
import { previewKind } from '../../../parts/artifacts/preview-kind.ts';
import { Empty, Loading, Notice } from '../../../ui/notice.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { JsonTree } from '../json-tree.tsx';
import { CsvTable } from './csv-table.tsx';

/** Preview of an artifact. Content comes from a stage: pages are sandboxed, the rest is text. */
export const ArtifactPreview = ({ runId, artifact }: { runId: string; artifact: Artifact }) => {
  const kind = previewKind(artifact);
  return (
    <Panel
      title={artifact.name}
      className="min-w-0"
      actions={
        <DownloadLink href={contentHref(runId, artifact.artifact_id)}>
          Download {formatBytes(artifact.size)}
        </DownloadLink>
      }
    >
      {kind === 'none' ? (
        <div className="p-4">
          <Empty title="No preview">Artifacts of type {artifact.content_type} can only be downloaded.</Empty>
        </div>
      ) : kind === 'html' ? (
        <iframe
          sandbox=""
          referrerPolicy="no-referrer"
          src={contentHref(runId, artifact.artifact_id, true)}
          title={`Preview of ${artifact.name}`}
          className="h-[70dvh] w-full rounded-b-lg bg-white"
        />
      ) : kind === 'image' ? (
        <ImagePreview runId={runId} artifact={artifact} />
      ) : (
        <HeadPreview runId={runId} artifact={artifact} kind={kind} />
      )}
    </Panel>
  );
};

const ImagePreview = ({ runId, artifact }: { runId: string; artifact: Artifact }) => {
  const [broken, setBroken] = useState(false);
  if (broken)
    return (
      <Notice tone="warn" title="Could not show the image">
        It is damaged, or its file is missing.
      </Notice>
    );
  return (
    <div className="overflow-auto p-4">
      <img
        src={contentHref(runId, artifact.artifact_id, true)}
        alt={artifact.name}
        onError={() => setBroken(true)}
        className="mx-auto max-h-[70dvh] max-w-full bg-white"
      />
    </div>
  );
};

const HeadPreview = ({
  runId,
  artifact,
  kind,
}: {
  runId: string;
  artifact: Artifact;
  kind: 'csv' | 'json' | 'text';
}) => {
  const head = useQuery({
    queryKey: ['artifact-head', runId, artifact.artifact_id],
    queryFn: ({ signal }) => readHead(api, runId, artifact, signal),
    staleTime: Infinity,
  });
  if (head.isPending) return <Loading what="the preview" />;
  if (head.isError) return <Notice tone="bad" title="Could not load the preview" error={head.error} />;
  const { text, cut } = head.data;
  return (
    <>
      {cut ? (
        <p className="border-b border-line px-4 py-1.5 text-warn">
          The first {formatBytes(HEAD_BYTES)} of {formatBytes(artifact.size)}; download it to see the rest.
        </p>
      ) : null}
      {text === '' ? (
        <p className="p-4 text-quiet">The file is empty.</p>
      ) : kind === 'csv' ? (
        <CsvTable name={artifact.name} text={text} cut={cut} />
      ) : kind === 'json' ? (
        <JsonPreview name={artifact.name} text={text} cut={cut} />
      ) : (
        <TextPreview name={artifact.name} text={text} />
      )}
    </>
  );
};

const TextPreview = ({ name, text }: { name: string; text: string }) => (
  <pre
    role="region"
    aria-label={`Text of ${name}`}
    tabIndex={0}
    dir="ltr"
    className="max-h-[70dvh] overflow-auto p-4 font-mono text-[12px] wrap-anywhere whitespace-pre-wrap"
  >
    {text}
  </pre>
);

/** A tree if the content is complete, valid JSON; otherwise text. */
const JsonPreview = ({ name, text, cut }: { name: string; text: string; cut: boolean }) => {
  const parsed = useMemo(() => (cut ? null : parse(text)), [text, cut]);
  return (
    <div role="region" aria-label={`JSON of ${name}`} tabIndex={0} className="max-h-[70dvh] overflow-auto p-4">
      {parsed === null ? (
        <>
          {cut ? null : <p className="mb-2 text-warn">This is not valid JSON.</p>}
          <pre dir="ltr" className="font-mono text-[12px] wrap-anywhere whitespace-pre-wrap">
            {text}
          </pre>
        </>
      ) : (
        <JsonTree value={parsed.value} label={`Content of ${name}`} open={2} />
      )}
    </div>
  );
};

const parse = (text: string): { readonly value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
};

/** Bytes read for a preview. */
const HEAD_BYTES = 256 * 1024;

/** The beginning of the artifact as text; invalid UTF-8 becomes U+FFFD. `cut`: there is more. */
const readHead = async (
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
