/** The definition as the processes load it, and its stages on machines that lack something. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPipelines, validateParams } from '@millrace/core/definition';
import { afterEach, expect, it, vi } from 'vitest';
import { withinLimits } from '../../../examples/explainer-video/feedback.ts';
import type { Accepted } from '../../../examples/explainer-video/acceptance.ts';
import type {
  Animated,
  Degraded,
  Drawn,
  Outlined,
  Scripted,
  Settings,
  Storyboarded,
  Voiced,
} from '../../../examples/explainer-video/shapes.ts';
import { FOLDER, make } from './run-stages.ts';

const SMALL = { resolution: '320x180', scenes: 3, words: 30 };
afterEach(() => vi.unstubAllEnvs());

it('is one pipeline of nine stages in a lane of its own, with the time that each may take', async () => {
  const { loaded, problems } = await loadPipelines([FOLDER], FOLDER);
  expect(problems).toEqual([]);
  const { pipeline } = loaded[0]!;
  expect(pipeline.stages.map(({ name, queue, timeouts }) => [name, queue, timeouts.attempt! / 60_000])).toEqual([
    ['outline', 'video', 30],
    ['research', 'video', 45],
    ['script', 'video', 60],
    ['storyboard', 'video', 120],
    ['assets', 'video', 180],
    ['animatics', 'video', 90],
    ['audio', 'video', 60],
    ['assemble', 'video', 120],
    ['acceptance', 'video', 30],
  ]);
  expect(
    pipeline.stages.flatMap(({ name, gate }) =>
      gate ? [[name, gate.kind, gate.timeout! / 60_000, gate.onTimeout]] : [],
    ),
  ).toEqual([
    ['script', 'result', 60, 'reject'],
    ['storyboard', 'result', 120, 'reject'],
    ['assets', 'result', 120, 'reject'],
    ['audio', 'result', 60, 'reject'],
  ]);
  for (const [at, stage] of pipeline.stages.entries())
    if (at > 0) expect(stage.dependsOn).toContain(pipeline.stages[at - 1]!.name);
  expect(validateParams(pipeline, {}, null)).toEqual({
    topic: 'examples/explainer-video/articles/nothing-lost.md',
    config: 'config.json',
  });
  for (const topic of ['../secrets.md', '/etc/passwd', 'README.html', 'a/../../b.md', '.hidden.md'])
    expect(() => validateParams(pipeline, { topic }, null)).toThrow('topic');
  for (const config of ['../config.json', 'config.yaml', 'a/b.json'])
    expect(() => validateParams(pipeline, { config }, null)).toThrow('config');
});

it('loads no library that draws before it draws', () => {
  const code = `await import(process.argv[1]);
    console.log(process.report.getReport().sharedObjects.filter((path) => path.includes('resvg')).length);`;
  const words = ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', code];
  const said = execFileSync(process.execPath, [...words, join(FOLDER, 'explainer-video.pipeline.ts')], {
    encoding: 'utf8',
  });
  expect(said.trim()).toBe('0');
});

it('speaks about as much as was asked for, in as many scenes, and the same every time', async () => {
  const [one, other] = [await make({}, { last: 'storyboard' }), await make({}, { last: 'storyboard' })];
  expect(one.outputs).toEqual(other.outputs);
  const { scenes, script } = one.outputs['script']! as Scripted;
  const { settings } = one.outputs['outline']! as Outlined;
  expect(scenes).toHaveLength(settings.scenes);
  expect(Math.abs(script.words! - settings.words)).toBeLessThan(settings.words * 0.25);
  expect(scenes.map(({ role }) => role)).toEqual(['title', 'part', 'part', 'part', 'part', 'part', 'recap']);
});

it('makes parts of its own for a text without title and headings, and says so; refuses what has nothing to say', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'explainer-'));
  const config = JSON.parse(await readFile(join(FOLDER, 'config.json'), 'utf8')) as Settings;
  await writeFile(join(dir, 'config.json'), JSON.stringify({ ...config, topics: '.' }));
  const sentences = Array.from({ length: 12 }, (_, at) => `Sentence number ${at} tells of topic${at % 2 ? 'a' : 'b'}.`);
  await writeFile(join(dir, 'plain_text.txt'), sentences.join(' '));
  await writeFile(join(dir, 'empty.md'), '# Title\n\n| a | b |\n');
  const { outputs } = await make({ topic: 'plain_text.txt', scenes: 5 }, { last: 'outline', dir });
  const outlined = outputs['outline']! as Outlined;
  expect(outlined.title).toBe('Plain text');
  expect(outlined.sections.map(({ sentences: spoken }) => spoken.length)).toEqual([4, 4, 4]);
  expect(outlined.degraded.map(({ missing }) => missing)).toEqual(['a title in the topic', 'headings in the topic']);
  await expect(make({ topic: 'empty.md' }, { last: 'outline', dir })).rejects.toThrow(
    'no sentence that could be spoken',
  );
  await expect(make({ topic: 'away.md' }, { last: 'outline', dir })).rejects.toThrow(
    'the topic away.md cannot be read',
  );
  await symlink(join(FOLDER, 'README.md'), join(dir, 'link.md'));
  await expect(make({ topic: 'link.md' }, { last: 'outline', dir })).rejects.toThrow('out of the folder of topics');
  await rm(dir, { recursive: true });
});

it('does what the notes of a decision ask for, within what the configuration allows', async () => {
  const notes = {
    script: 'Too long. Please 4 scenes, without: ghosts',
    storyboard: 'no code',
    assets: 'make it light',
  };
  const { outputs, lines } = await make({}, { last: 'assets', notes });
  const { scenes } = outputs['script']! as Scripted;
  expect(scenes.map(({ heading }) => heading)).toEqual([
    'Nothing lost, nothing doubled',
    'One place that decides',
    expect.not.stringContaining('ghosts'),
    'In short',
  ]);
  const { shots } = outputs['storyboard']! as Storyboarded;
  expect(shots.map(({ panel }) => panel?.kind)).toEqual([undefined, 'terms', 'terms', undefined]);
  expect((outputs['assets']! as Drawn).theme).toBe('light');
  expect(lines).toContain('script: by the notes: length 0.75, scenes 4, without ["ghosts"]');
  expect([withinLimits('scenes', 99), withinLimits('words', 1), withinLimits('words_a_minute', 123.4)]).toEqual([
    12, 30, 123,
  ]);
  const idle = await make({}, { last: 'script', notes: { script: 'hmm' } });
  expect(idle.lines.join()).toContain('name nothing that this stage can change (length, words, scenes, without): hmm');
});

it('without any program or library it makes a page of slides, and each stage names what was missing', async () => {
  vi.stubEnv('EXPLAINER_WITHOUT', 'ffmpeg,ffprobe,espeak-ng,resvg');
  const { outputs, artifacts } = await make(SMALL);
  const accepted = outputs['acceptance']! as Accepted;
  expect(accepted.degraded.map(({ stage, missing }: Degraded) => [stage, missing])).toEqual([
    ['assets', '@resvg/resvg-js'],
    ['animatics', 'ffmpeg'],
    ['audio', 'espeak-ng'],
    ['audio', 'ffmpeg'],
    ['assemble', 'ffmpeg'],
    ['acceptance', 'a video'],
  ]);
  expect(accepted).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
  const page = artifacts.get('video.html')!.toString();
  expect(page.match(/<img /g)).toHaveLength(3);
  expect(page).toContain('data:audio/wav;base64,');
  const { seconds, spoken } = outputs['audio']! as Voiced;
  expect(spoken).toBe(false);
  // 44 bytes of header; 22,050 samples a second of two bytes.
  expect(artifacts.get('voiceover.wav')!.length).toBeCloseTo(44 + seconds * 44_100, -2);
  expect((outputs['animatics']! as Animated).moving).toBe(false);
});
