/** The pipeline as a user runs it: real processes, Redis, espeak-ng and ffmpeg; by the command line. */
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@millrace/core/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Accepted } from '../../../examples/explainer-video/acceptance.ts';
import { findProgram } from '../../../examples/explainer-video/program.ts';
import { project, type Running } from '../cli/millrace.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/explainer-video', import.meta.url));
const SMALL = ['-p', 'resolution=320x180', '-p', 'scenes=4', '-p', 'words=30'];
const here = project({});
const bin = join(here.dir, 'bin');
/** While the file `hold` is there, ffmpeg waits before the third scene, and says so by the file `held`. */
const FFMPEG = `#!/bin/sh
for word; do :; done
case $word in scene_002.mp4)
  while [ -e ${here.dir}/hold ]; do touch ${here.dir}/held; sleep 0.05; done;;
esac
exec ${findProgram('ffmpeg')} "$@"
`;
let up: Running;
beforeAll(async () => {
  mkdirSync(bin);
  writeFileSync(join(bin, 'ffmpeg'), FFMPEG);
  chmodSync(join(bin, 'ffmpeg'), 0o755);
  up = await here.up([], {
    MILLRACE_PIPELINES: EXAMPLE,
    MILLRACE_LEASE_MS: '1500',
    MILLRACE_HEARTBEAT_MS: '500',
    MILLRACE_SWEEP_MS: '500',
    PATH: `${bin}:${process.env['PATH']}`,
  });
});
afterAll(async () => {
  up.child.kill('SIGTERM');
  await up.ended;
  here.remove();
});

/** Waits until the stage asks, and returns the digest of what it shows. */
const asked = async (runId: string, stage: string): Promise<string> => {
  let shown = '';
  const isAsked = async (): Promise<boolean> => {
    shown = (await here.run('gate', runId, stage, '--json')).out;
    return shown !== '' && (JSON.parse(shown) as { status: string }).status === 'pending';
  };
  await waitFor(isAsked, { timeoutMs: 60_000, what: `the gate of ${stage}` });
  return (JSON.parse(shown) as { shown_digest: string }).shown_digest;
};
const decide = async (
  verb: 'approve' | 'reject',
  runId: string,
  stage: string,
  ...words: string[]
): Promise<string> => {
  const digest = await asked(runId, stage);
  const { code, err } = await here.run(verb, runId, stage, '--digest', digest, '--yes', ...words);
  expect([verb, stage, code, code === 0 ? '' : err]).toEqual([verb, stage, 0, '']);
  return digest;
};

it('makes a video that plays: its script is rejected, made anew by the notes and approved, and its worker is killed while it renders', async () => {
  writeFileSync(join(here.dir, 'hold'), '');
  const runId = (await here.run('run', 'explainer-video', ...SMALL)).out.trim();
  const rejected = await decide('reject', runId, 'script', '--notes', 'Please only 3 scenes');
  expect((await here.run('resume', runId)).code).toBe(0);
  expect(await decide('approve', runId, 'script')).not.toBe(rejected);
  await decide('approve', runId, 'storyboard');
  await decide('approve', runId, 'assets');
  await waitFor(() => existsSync(join(here.dir, 'held')), { timeoutMs: 60_000, what: 'the third scene' });
  const worker = here.processes().find(({ command }) => command.includes('child.js worker'))!;
  process.kill(worker.pid, 'SIGKILL');
  await waitFor(() => !here.processes().some(({ command }) => command.includes('scene_002.mp4')), {
    what: 'its ffmpeg to be gone',
  });
  rmSync(join(here.dir, 'hold'));
  await decide('approve', runId, 'audio');
  const ended = await here.run('watch', runId, '--json');
  expect([ended.code, ended.code === 0 ? '' : ended.err]).toEqual([0, '']);

  const folder = join(here.dir, 'export');
  expect((await here.run('export', runId, folder, '--all-attempts')).code).toBe(0);
  const path = (stage: string, name: string): string => join(folder, 'artifacts', stage, name);
  const files = {
    outline: ['outline.txt'],
    research: ['research.json'],
    script: ['script.txt'],
    storyboard: ['storyboard.json'],
    assets: ['asset_plan.json', 'assets/scene_000_0.png'],
    animatics: [0, 1, 2].map((scene) => `animatics/scene_00${scene}.mp4`),
    audio: ['voiceover.mp3', 'captions.srt'],
    assemble: ['video.mp4'],
    acceptance: ['acceptance_results.json'],
  };
  for (const [stage, names] of Object.entries(files))
    for (const name of names) expect([name, existsSync(path(stage, name))]).toEqual([name, true]);
  const log = (attempt: number): string[] =>
    readFileSync(join(folder, `logs/animatics/attempt-${attempt}.log`), 'utf8').match(/scene_\d+: \w+/g) ?? [];
  // The line of the third may have died with the worker.
  expect(log(1).slice(0, 2)).toEqual(['scene_000: rendering', 'scene_001: rendering']);
  expect(log(2)).toEqual(['scene_000: from', 'scene_001: from', 'scene_002: rendering']);

  const accepted = JSON.parse(readFileSync(path('acceptance', 'acceptance_results.json'), 'utf8')) as Accepted;
  expect(accepted).toMatchObject({ passed: 12, failed: 0, skipped: 0, degraded: [] });
  const words = ['-v', 'error', '-show_streams', '-show_chapters', '-of', 'json', path('assemble', 'video.mp4')];
  const probe = JSON.parse(execFileSync('ffprobe', words, { encoding: 'utf8' })) as {
    streams: { codec_type: string }[];
    chapters: { tags: { title: string } }[];
  };
  // And the chapters' titles.
  expect(probe.streams.map(({ codec_type }) => codec_type).sort()).toEqual(['audio', 'data', 'subtitle', 'video']);
  expect(probe.chapters.map(({ tags }) => tags.title)).toContain('In short');
  // What is spoken are the article's own sentences.
  const article = readFileSync(join(EXAMPLE, 'articles/nothing-lost.md'), 'utf8').replace(/\s+/g, ' ');
  const script = readFileSync(path('script', 'script.txt'), 'utf8').split('\n');
  const spoken = script.filter((line) => /^[A-Z].*\.$/.test(line) && !line.startsWith('In short:')).slice(1);
  expect(spoken.length).toBeGreaterThan(0);
  for (const sentence of spoken) expect(article).toContain(sentence);
}, 240_000);

it('refuses a configuration that is not valid before anything is made', async () => {
  const ended = await here.run('run', 'explainer-video', '--wait', '-p', 'config=package.json');
  expect(ended.code).toBe(1);
  expect(ended.err + ended.out).toContain('the configuration package.json is not valid');
});
