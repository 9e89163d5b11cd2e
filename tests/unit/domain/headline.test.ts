import { headlineOf } from '@millrace/core/domain';
import { expect, test } from 'vitest';

test.each([
  ['sh ended with exit code 3: boom', 'sh ended with exit code 3: boom'],
  [
    'python3 ended with exit code 1: Traceback (most recent call last):\n  File "x.py", line 1, in <module>\n    f()\nbotocore.NoSuchKey: gone\nmore of it',
    'botocore.NoSuchKey: gone',
  ],
  [
    'node ended with exit code 1: /x.js:1\nthrow new TypeError()\n^\n\nTypeError: boom\n    at x (/x.js:1)\n\nNode.js v20.1.0',
    'TypeError: boom',
  ],
  [
    'java ended with exit code 1: Exception in thread "main" java.lang.RuntimeException: a\n\tat x\nCaused by: java.io.IOException: disk\n\tat y',
    'Caused by: java.io.IOException: disk',
  ],
  [
    "x ended with exit code 101: thread 'main' panicked at a.rs:1:\nno disk\nnote: run with `RUST_BACKTRACE=1`",
    'no disk',
  ],
  ['cannot reach the store\n  tried one: refused\n  tried two: refused', 'cannot reach the store'],
  ['', 'command_failed'],
])('%j is headed by its telling line', (message, headline) => {
  expect(headlineOf({ code: 'command_failed', message })).toBe(headline);
});
