import type { Artifact } from '@millrace/client';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { api } from '../../api.ts';
import { formatBytes } from '../../format/amounts.ts';
import { JsonTree } from '../../ui/json-tree.tsx';
import { Empty, Loading, Notice } from '../../ui/notice.tsx';
import { Panel } from '../../ui/panel.tsx';
import { CsvTable } from './csv-table.tsx';
import { contentHref, DownloadLink } from './download-link.tsx';
import { HEAD_BYTES, readHead } from './read-head.ts';
import { previewKind } from './preview-kind.ts';

export type Previewed = Pick<Artifact, 'artifact_id' | 'name' | 'size' | 'content_type'>;
interface PreviewProps {
  readonly runId: string;
  readonly artifact: Previewed;
}

/**
 * Preview of an artifact. Content comes from a stage: pages are sandboxed, the rest is text. `beside`: more about it,
 * before the download.
 */
export const ArtifactPreview = ({ runId, artifact, beside }: PreviewProps & { beside?: ReactNode }) => {
  const kind = previewKind(artifact);
  return (
    <Panel
      title={artifact.name}
      className="min-w-0"
      actions={
        <>
          {beside}
          <DownloadLink href={contentHref(runId, artifact.artifact_id)}>
            Download {formatBytes(artifact.size)}
            <span className="sr-only"> of {artifact.name}</span>
          </DownloadLink>
        </>
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
      ) : kind === 'audio' || kind === 'video' ? (
        <Player runId={runId} artifact={artifact} kind={kind} />
      ) : (
        <HeadPreview runId={runId} artifact={artifact} kind={kind} />
      )}
    </Panel>
  );
};

const ImagePreview = ({ runId, artifact }: PreviewProps) => {
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

/** The browser's own player; nothing but its length is loaded before it plays. */
const Player = ({ runId, artifact, kind }: PreviewProps & { kind: 'audio' | 'video' }) => {
  const [broken, setBroken] = useState(false);
  const props = {
    controls: true,
    preload: 'metadata',
    src: contentHref(runId, artifact.artifact_id),
    'aria-label': `${kind === 'audio' ? 'Sound' : 'Video'} of ${artifact.name}`,
    onError: () => setBroken(true),
  } as const;
  if (broken)
    return (
      <div className="p-4">
        <Notice tone="warn" title={`This browser cannot play the ${kind}`}>
          It does not know the format ({artifact.content_type}), or the file is damaged or missing. Download it instead.
        </Notice>
      </div>
    );
  return (
    <div className="p-4">
      {kind === 'audio' ? (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- what a stage stored has no captions of its own
        <audio {...props} className="w-full" />
      ) : (
        // oxlint-disable-next-line jsx-a11y/media-has-caption -- what a stage stored has no captions of its own
        <video {...props} className="mx-auto block max-h-[70dvh] max-w-full min-w-72 bg-black" />
      )}
    </div>
  );
};

const HeadPreview = ({ runId, artifact, kind }: PreviewProps & { kind: 'csv' | 'json' | 'text' }) => {
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
