import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { ServerFolder } from '../../../packages/core/src/embedded/server-folder.ts';

/**
 * Another process that watches the server, as fast as it can, until stopped; it prints how often the file was
 * incomplete.
 */
const READER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { readFileSync } = require('node:fs');
  const { ended, file, lines } = workerData;
  let torn = 0;
  let read = 0;
  for (; Atomics.load(ended, 0) === 0 || read === 0; read++) {
    if (read === 0) parentPort.postMessage('reads');
    if (readFileSync(file, 'utf8').split('\\n').length !== lines) torn++;
  }
  parentPort.postMessage({ torn });
`;

test('a watcher of the server never sees half a record while others join', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'millrace-folder-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const folder = new ServerFolder(dataDir);
  folder.create();
  folder.recordProcess(process.pid);
  const ended = new Int32Array(new SharedArrayBuffer(4));
  const reader = new Worker(READER, { eval: true, workerData: { ended, file: folder.file('pid'), lines: 3 } });
  const message = () => new Promise((resolve, reject) => void reader.once('message', resolve).once('error', reject));
  expect(await message()).toBe('reads');
  for (let joined = 0; joined < 300; joined++) folder.recordProcess(process.pid);
  const result = message();
  Atomics.store(ended, 0, 1);
  expect(await result).toEqual({ torn: 0 });
}, 30_000);
