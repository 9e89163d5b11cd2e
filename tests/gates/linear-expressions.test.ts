import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { analyse } from 'scslre';
import { expect, test } from 'vitest';

/** What runs in the processes of a deployment and in the browser: its expressions see what others wrote. */
const SOURCES = ['packages/core/src', 'packages/core/probe', 'packages/client/src', 'apps'];

interface Expression {
  readonly file: string;
  readonly pattern: string;
  readonly flags: string;
}

const expressionsOf = (file: string, text: string): readonly Expression[] => {
  const found: Expression[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) return node.forEach(visit);
    if (typeof node !== 'object' || node === null) return;
    if ('type' in node && node.type === 'RegExpLiteral')
      found.push({ file, ...(node as unknown as { pattern: string; flags: string }) });
    for (const [key, part] of Object.entries(node)) if (key !== 'span') visit(part);
  };
  visit(parseSync(text, { syntax: 'typescript', tsx: file.endsWith('x') }));
  return found;
};

/** Ways in which an expression goes over a text more than once: by the square of its length, or by a power of it. */
const reportOf = ({ file, pattern, flags }: Expression): readonly string[] =>
  analyse(new RegExp(pattern, flags)).reports.map(
    ({ type, exponential }) => `${file}: /${pattern}/${flags} ${exponential ? 'exponential' : 'quadratic'} (${type})`,
  );

test('no expression takes more than linear time, whatever the text', () => {
  const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...SOURCES], {
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => /\.(?:ts|tsx|mjs)$/.test(file) && !file.endsWith('.generated.ts'));
  const expressions = files.flatMap((file) => expressionsOf(file, readFileSync(file, 'utf8')));
  expect(expressions.length).toBeGreaterThan(100);
  expect(expressions.flatMap(reportOf)).toEqual([]);
});

test('expressions that go over a text again and again are seen', () => {
  const planted =
    'const a = /^(a+)+$/; const b = [/0+$/, /([?&])([^=&#]*)=([^&#]*)/g, /^(.+)-(.+)@(.*)$/, /^[a-z]+$/];';
  expect(expressionsOf('x.ts', planted).map((expression) => reportOf(expression).length > 0)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
});
