import { expect, test } from 'vitest';
import { mayInstall, type Situation } from '../../../scripts/may-install.ts';

const ROOT: Situation = { isRoot: true, isCi: false, isAsked: false, ask: null };
const answering = (answer: string, asked: string[] = []) => ({
  ask: async (question: string) => {
    asked.push(question);
    return answer;
  },
});

test.each([
  ['nobody to ask', ROOT, false],
  ['in CI', { ...ROOT, isCi: true }, true],
  ['--install', { ...ROOT, isAsked: true }, true],
  ['a person who agrees', { ...ROOT, ...answering(' Yes\n') }, true],
  ['a person who presses enter', { ...ROOT, ...answering('') }, false],
  ['in CI without root', { ...ROOT, isRoot: false, isCi: true }, false],
] as const)('packages are installed by root who was told to: %s', async (_, situation, expected) => {
  expect(await mayInstall(['redis-server'], situation)).toBe(expected);
});

test('the question names what would be installed', async () => {
  const asked: string[] = [];
  await mayInstall(['chromium', 'fonts-liberation'], { ...ROOT, ...answering('', asked) });
  expect(asked).toEqual(['Install chromium, fonts-liberation on this machine with apt-get? [y/N] ']);
});
