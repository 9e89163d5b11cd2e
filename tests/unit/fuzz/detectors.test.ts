/** What the fuzzers take for a fault, by one of each kind: a fuzzer that sees nothing finds nothing. */
import { expect, test } from 'vitest';
import { problemsOf } from '../../../fuzz/commands/fuzz-commands.ts';
import { randomOf } from '../../../fuzz/random.ts';
import { readAnswer } from '../../../fuzz/requests/exchange.ts';
import { judgeOf } from '../../../fuzz/requests/judge.ts';
import { readDocument } from '../../../fuzz/requests/operations.ts';
import { problemOfLine } from '../../../fuzz/watch/watch-processes.ts';

const TOKEN = 'the-token-of-the-detectors';
const DOCUMENT = readDocument({
  components: { schemas: { Thing: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } } },
  paths: {
    '/things': {
      get: {
        security: [],
        responses: {
          200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
          204: {},
          default: {},
        },
      },
    },
  },
});
const judge = judgeOf(DOCUMENT, TOKEN);
const operation = DOCUMENT.operations[0]!;
const PROBLEM = { type: 'urn:x', title: 't', status: 422, detail: 'd', code: 'invalid_request', errors: [] };

const judged = (status: number, json: unknown, headers: Record<string, string> = {}): readonly string[] =>
  judge(
    { operation, method: 'GET', target: '/things', how: 'whole' },
    {
      kind: 'answered',
      answer: {
        status,
        headers: new Map(
          Object.entries({
            'x-request-id': '1',
            'x-content-type-options': 'nosniff',
            'content-type': status < 400 ? 'application/json' : 'application/problem+json',
            ...headers,
          }),
        ),
        body: Buffer.from(JSON.stringify(json)),
      },
    },
  );

test('answers', () => {
  expect(judged(200, { n: 1 })).toEqual([]);
  expect(judged(422, PROBLEM)).toEqual([]);
  expect(judged(200, { n: 'x' })).toEqual([expect.stringContaining('is not of its schema: n: ')]);
  expect(judged(201, { n: 1 })).toEqual(['201 is not declared for GET /things']);
  expect(judged(200, 'x', { 'content-type': 'text/html' })).toEqual([
    'GET /things answers text/html where application/json is declared',
  ]);
  expect(judged(500, { ...PROBLEM, status: 500, code: 'internal' })).toEqual(['500 from GET /things (internal)']);
  expect(judged(503, { ...PROBLEM, status: 503, code: 'store_unavailable' })).toEqual([
    '503 from GET /things (store_unavailable)',
  ]);
  expect(judged(422, { ...PROBLEM, status: 400 })).toEqual(['a problem of status 400 as 422 (GET /things)']);
  expect(judged(422, PROBLEM, { 'content-type': 'text/html' })).toEqual([
    '422 as text/html instead of problem+json (GET /things)',
  ]);
  expect(judged(422, { ...PROBLEM, errors: Array(101).fill({ path: 'a', message: 'b' }) })).toEqual([
    'more than 100 errors in one answer (GET /things)',
  ]);
  expect(judged(200, { n: 1, token: TOKEN })).toEqual(['a secret in the answer of GET /things']);
  expect(judged(200, { n: 1 }, { 'x-content-type-options': '' })).toEqual([
    '200 without security headers (GET /things)',
  ]);
  const request = { operation, method: 'GET', target: '/things', how: 'whole' } as const;
  expect(judge(request, { kind: 'hung' })).toEqual(['no answer from GET /things']);
  expect(judge(request, { kind: 'closed' })).toEqual(['the connection ended without an answer (GET /things)']);
  expect(judge({ ...request, how: 'odd' }, { kind: 'closed' })).toEqual([]);
});

test('lines of logs', () => {
  expect(problemOfLine('{"level":30,"msg":"fine"}')).toBeNull();
  expect(problemOfLine('{"level":50,"msg":"a request failed","err":{"message":"at 12"}}')).toBe(
    'a request failed: at n',
  );
  for (const line of [
    'TypeError: x is not a function',
    '    at Object.<anonymous> (a.js:1:2)',
    '(node:1) Warning: x',
    'triggerUncaughtException(err)',
  ])
    expect(problemOfLine(line), line).not.toBeNull();
});

test('command lines', () => {
  const ran = (code: number | null, out: string, err = '', args: readonly string[] = ['status']) =>
    problemsOf({ args, env: {} }, { kind: 'answered', answer: { code, out, err }, peakBytes: 0 }, TOKEN);
  expect(ran(0, '\x1b[31mred\x1b[39m\tline\n')).toEqual([]);
  expect(ran(7, '')).toEqual(['millrace status exits with 7']);
  expect(ran(null, '')).toEqual(['millrace status exits with null']);
  expect(ran(1, '', 'TypeError: x\n    at f (file.js:1:2)\n')).toEqual([
    'millrace status prints a stack: TypeError: x',
  ]);
  for (const escape of ['\x1b]52;c;eA==\x07', '\x1b[2J', '\x9b31m', '\x08'])
    expect(ran(0, escape)).toEqual(['millrace status prints control characters']);
  expect(ran(0, `token ${TOKEN}`)).toEqual(['millrace status prints a secret']);
  expect(problemsOf({ args: ['status'], env: {} }, { kind: 'hung' }, TOKEN)).toEqual(['millrace status hangs']);
  expect(problemsOf({ args: ['watch', 'x'], env: {} }, { kind: 'hung' }, TOKEN)).toEqual([]);
});

test('answers are read as they were sent, and cases are the same for the same seed', () => {
  const chunked = Buffer.from(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX: 1\r\nx: 2\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  );
  expect(readAnswer(chunked, 'GET', false)).toMatchObject({ status: 200, body: Buffer.from('abc') });
  expect(readAnswer(chunked, 'GET', false)).toMatchObject({
    headers: new Map([
      ['transfer-encoding', 'chunked'],
      ['x', '1, 2'],
    ]),
  });
  for (let end = 0; end < chunked.length; end++) expect(readAnswer(chunked.subarray(0, end), 'GET', false)).toBeNull();
  const made = (seed: number, index: number) =>
    Array.from({ length: 5 }, () => randomOf(seed, 'requests', index).below(1_000_000));
  expect(made(1, 2)).toEqual(made(1, 2));
  expect(made(1, 2)).not.toEqual(made(1, 3));
});
