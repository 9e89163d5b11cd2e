/** The pipeline as a user runs it: real processes, Redis, espeak-ng and ffmpeg; by the command line. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WireRun } from '@millrace/core/wire';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Accepted } from '../../../examples/explainer-video/acceptance.ts';
import { project, type Running } from '../cli/millrace.ts';

const EXAMPLE = fileURLToPath(new URL('../../../examples/explainer-video', import.meta.url));
const SMALL = ['-p', 'resolution=320x180', '-p', 'scenes=3', '-p', 'words=30'];
const here = project({});
let up: Running;
beforeAll(async () => {
  up = await here.up([], { MILLRACE_PIPELINES: EXAMPLE });
});
afterAll(async () => {
  up.child.kill('SIGTERM');
  await up.ended;
  here.remove();
});

it('makes a video that plays, with captions and a voice, from an article, and leaves the files of each stage', async () => {
  const ended = await here.run('run', 'explainer-video', '--wait', '--json', ...SMALL);
  expect([ended.code, ended.code === 0 ? '' : ended.err]).toEqual([0, '']);
  const run = JSON.parse(ended.out) as WireRun;
  const folder = join(here.dir, 'export');
  expect((await here.run('export', run.run_id, folder)).code).toBe(0);
  const path = (stage: string, name: string): string => join(folder, 'artifacts', stage, name);
  const files = {
    outline: ['outline.txt'],
    research: ['research.json'],
    script: ['script.txt'],
    storyboard: ['storyboard.json'],
    assets: ['asset_plan.json', 'assets/scene_000_0.png'],
    animatics: ['animatics/scene_000.mp4', 'animatics/scene_001.mp4', 'animatics/scene_002.mp4'],
    audio: ['voiceover.mp3', 'captions.srt'],
    assemble: ['video.mp4'],
    acceptance: ['acceptance_results.json'],
  };
  for (const [stage, names] of Object.entries(files))
    for (const name of names) expect([name, existsSync(path(stage, name))]).toEqual([name, true]);

  const accepted = JSON.parse(readFileSync(path('acceptance', 'acceptance_results.json'), 'utf8')) as Accepted;
  expect(accepted).toMatchObject({ passed: 12, failed: 0, skipped: 0, degraded: [] });
  const probe = JSON.parse(
    execFileSync(
      'ffprobe',
      ['-v', 'error', '-show_streams', '-show_chapters', '-of', 'json', path('assemble', 'video.mp4')],
      { encoding: 'utf8' },
    ),
  ) as { streams: { codec_type: string }[]; chapters: { tags: { title: string } }[] };
  // And the chapters' titles.
  expect(probe.streams.map(({ codec_type }) => codec_type).sort()).toEqual(['audio', 'data', 'subtitle', 'video']);
  expect(probe.chapters.map(({ tags }) => tags.title)).toContain('In short');
  // What is spoken are the article's own sentences.
  const article = readFileSync(join(EXAMPLE, 'articles/nothing-lost.md'), 'utf8').replace(/\s+/g, ' ');
  const script = readFileSync(path('script', 'script.txt'), 'utf8').split('\n');
  const spoken = script.filter((line) => /^[A-Z].*\.$/.test(line) && !line.startsWith('In short:')).slice(1);
  expect(spoken.length).toBeGreaterThan(0);
  for (const sentence of spoken) expect(article).toContain(sentence);
}, 120_000);

it('refuses a topic outside its folder, and a configuration that is not valid, before anything is made', async () => {
  for (const topic of ['../secrets.md', '/etc/passwd', 'README.html', 'a/../../b.md'])
    expect((await here.run('run', 'explainer-video', '-p', `topic=${topic}`)).err).toContain('topic');
  const ended = await here.run('run', 'explainer-video', '--wait', '-p', 'config=package.json');
  expect(ended.code).toBe(1);
  expect(ended.err + ended.out).toContain('the configuration package.json is not valid');
});
