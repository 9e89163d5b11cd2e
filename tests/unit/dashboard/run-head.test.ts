import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { edgeState } from '../../../apps/dashboard/src/parts/graph/edges.ts';
import { plainLine } from '../../../apps/dashboard/src/screens/run/head/plain-line.ts';
import { cliOf, curlOf } from '../../../apps/dashboard/src/screens/run/head/shell-commands.ts';
import { requestOf } from '../../../apps/dashboard/src/screens/run/head/start-request.ts';

const given = (stages: readonly string[]) => ({
  params: { n: 1 },
  mode: 'full',
  labels: { team: 'x' },
  stages: stages.map((stage) => ({ stage })) as never,
});

describe('starting the same again', () => {
  test('a run of all stages names none; a run of some names them', () => {
    expect(requestOf(given(['a', 'b']), 2)).toEqual({ params: { n: 1 }, mode: 'full', labels: { team: 'x' } });
    expect(requestOf(given(['a']), 2)).toEqual({
      params: { n: 1 },
      mode: 'full',
      labels: { team: 'x' },
      stages: ['a'],
    });
    expect(requestOf(given(['a']), null)).not.toHaveProperty('stages');
    expect(requestOf({ params: {}, mode: null, labels: {}, stages: [] }, 0)).toEqual({});
  });

  test('whatever a param holds, the shell runs one command with those words', () => {
    const hostile = `it's "$(touch /tmp/x)" \`id\` \\ \n; rm -rf ~ #`;
    const request = { params: { text: hostile, list: [1, "o'clock"] }, labels: { 'a b': "'" }, stages: ['one'] };
    const words = (command: string, program: string): string[] =>
      execFileSync('sh', ['-c', `${program}() { for word in "$@"; do printf '%s\\0' "$word"; done; }; ${command}`], {
        encoding: 'utf8',
        env: { MILLRACE_TOKEN: 't' },
      })
        .split('\0')
        .slice(0, -1);
    expect(words(cliOf('flow', request), 'npx')).toEqual([
      'millrace',
      'run',
      'flow',
      '--param',
      `text=${hostile}`,
      '--param',
      `list=[1,"o'clock"]`,
      '--label',
      "a b='",
      '--stage',
      'one',
    ]);
    const curl = words(curlOf('http://h:1', 'flow', request), 'curl');
    expect(curl).toContain('http://h:1/api/v1/pipelines/flow/runs');
    expect(curl).toContain('Authorization: Bearer t');
    expect(JSON.parse(curl.at(-1)!)).toEqual(request);
  });
});

test('a line of a log is shown without what a terminal would obey, and not at any length', () => {
  expect(plainLine('\u001b[31mred\u001b[0m \u001b]8;;https://x\u0007link\u001b]8;;\u0007 <b>')).toBe('red link <b>');
  expect(plainLine('x'.repeat(5_000))).toBe(`${'x'.repeat(400)}… (5000 characters)`);
});

test.each([
  ['succeeded', 'running', 'flows'],
  ['succeeded', 'retrying', 'flows'],
  ['succeeded', 'succeeded', 'passed'],
  ['succeeded', 'failed', 'passed'],
  ['succeeded', 'pending', 'passed'],
  ['running', 'pending', 'waits'],
  ['failed', 'skipped', 'broken'],
  ['succeeded', 'skipped', 'broken'],
  ['skipped', 'skipped', 'broken'],
  ['cancelled', 'cancelled', 'broken'],
  ['failed', 'upstream_failed', 'broken'],
  ['failed', 'running', 'flows'],
  ['upstream_failed', 'succeeded', 'passed'],
  ['running', 'skipped', 'broken'],
  [undefined, 'running', 'outside'],
  ['succeeded', undefined, 'outside'],
] as const)('an edge from %s to %s: %s', (from, to, state) => {
  expect(edgeState(from, to)).toBe(state);
});
