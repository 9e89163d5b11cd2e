import { buffer } from 'node:stream/consumers';
import type { ArtifactContent } from '@millrace/core';
import type { Kept, StageTools } from './shapes.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  json: 'application/json',
  mp3: 'audio/mpeg',
  mp4: 'video/mp4',
  png: 'image/png',
  srt: 'application/x-subrip',
  txt: 'text/plain; charset=utf-8',
  wav: 'audio/wav',
};

type Counts = Pick<Kept, 'words' | 'scenes' | 'seconds'>;

/** Stores an artifact under its name, with its counts as metrics of the stage. */
export const keep = async (
  tools: Pick<StageTools, 'artifact' | 'stage' | 'metric'>,
  name: string,
  type: string,
  content: ArtifactContent,
  counts: Counts = {},
): Promise<Kept> => {
  const contentType = CONTENT_TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream';
  const { sha256, size } = await tools.artifact(name, content, { contentType });
  for (const [unit, count] of Object.entries(counts) as [string, number][])
    tools.metric(`${type}_${unit}`, count, unit);
  return { name, type, stage: tools.stage, sha256, size, ...counts };
};

export const bytesOf = async (tools: Pick<StageTools, 'readArtifact'>, file: Kept): Promise<Buffer> =>
  buffer(await tools.readArtifact(file));
