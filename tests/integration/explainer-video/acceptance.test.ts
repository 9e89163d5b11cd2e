/** What acceptance must not let through; with real ffmpeg, on a video of one second. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, expect, it } from 'vitest';
import { acceptance, type Check, type ToAccept } from '../../../examples/explainer-video/acceptance.ts';
import type { Kept, StageTools } from '../../../examples/explainer-video/shapes.ts';

const folder = mkdtempSync(join(tmpdir(), 'explainer-acceptance-'));
afterAll(() => rmSync(folder, { recursive: true }));
const SRT = '1\n00:00:00,100 --> 00:00:00,900\nOne two.\n';

const video = (name: string, ...words: string[]): Buffer => {
  writeFileSync(join(folder, 'captions.srt'), SRT);
  const into = ['-c:s', 'mov_text', '-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', name];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...words, ...into], { cwd: folder });
  return readFileSync(join(folder, name));
};
const PICTURE = ['-f', 'lavfi', '-i', 'color=c=blue:s=320x180:r=25:d=1'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1'];

/** What it says of each check of a video that was planned with 320x180, one second, two words and one caption. */
const checksOf = async (bytes: Buffer): Promise<{ error: string | null; checks: Record<string, Check['result']> }> => {
  const contents = new Map([
    ['video.mp4', bytes],
    ['captions.srt', Buffer.from(SRT)],
  ]);
  let stored = '';
  const tools: Partial<StageTools> = {
    stage: 'acceptance' as StageTools['stage'],
    idempotencyKey: `${process.pid}.acceptance.1`,
    fence: 1,
    signal: new AbortController().signal,
    log: () => {},
    metric: () => {},
    artifact: async (name, content) => {
      stored = content as string;
      return { id: name, name, sha256: '0'.repeat(64), size: 1, content_type: '' };
    },
    readArtifact: async ({ name }) => Readable.from([contents.get(name)!]),
  };
  const kept = (name: string): Kept => ({ name, type: '', stage: '', sha256: '', size: 0 });
  const work = {
    outlined: { settings: { resolution: '320x180', frames_a_second: 25, loudness: -16 } },
    voiced: { captions: kept('captions.srt'), scenes: [{}], seconds: 1, words: 2, spoken: true },
    assembled: { video: kept('video.mp4'), playable: true },
    degraded: [],
    files: [],
  } as unknown as ToAccept;
  const error = await acceptance(tools as StageTools, work).then(
    () => null,
    ({ message }: Error) => message,
  );
  const { checks } = JSON.parse(stored) as { checks: Check[] };
  return { error, checks: Object.fromEntries(checks.map(({ check, result }) => [check, result])) };
};

it('finds what is missing, of another size, too quiet or without chapters, and names it', async () => {
  const { error, checks } = await checksOf(
    video('other.mp4', '-f', 'lavfi', '-i', 'color=c=blue:s=640x360:r=10:d=3', ...SOUND, '-af', 'volume=-30dB'),
  );
  expect(error).toMatch(/^the video is not what was planned: streams, resolution, frame rate, /);
  expect(
    Object.entries(checks)
      .filter(([, result]) => result === 'failed')
      .map(([check]) => check),
  ).toEqual([
    'streams',
    'resolution',
    'frame rate',
    'duration against the voice-over',
    'picture against sound',
    'duration against the script',
    'chapters',
    'captions',
    'loudness',
  ]);
});

it('finds captions of another text, and a file that breaks off', async () => {
  const other = SRT.replace('One', 'Another');
  writeFileSync(join(folder, 'other.srt'), other);
  const withOther = video(
    'captions.mp4',
    ...PICTURE,
    ...SOUND,
    '-i',
    'other.srt',
    '-map',
    '0',
    '-map',
    '1',
    '-map',
    '2',
  );
  expect((await checksOf(withOther)).checks).toMatchObject({ streams: 'passed', captions: 'failed' });
  const right = video('right.mp4', ...PICTURE, ...SOUND, '-i', 'captions.srt', '-map', '0', '-map', '1', '-map', '2');
  expect((await checksOf(right)).checks).toMatchObject({ captions: 'passed', 'plays to its end': 'passed' });
  const damaged = Buffer.from(right);
  const sound = damaged.indexOf('mdat') + 8;
  damaged.fill(0xff, sound, sound + 3_000);
  expect((await checksOf(damaged)).checks).toMatchObject({ 'plays to its end': 'failed' });
});
