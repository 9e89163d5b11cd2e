/** Where a command finds the API, and which token it sends there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identityOf } from '@millrace/core/embedded';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findConnection } from '../../../apps/cli/src/connection.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'millrace-connection-'));
  mkdirSync(join(dir, '.millrace'));
  writeFileSync(join(dir, '.millrace/admin-token'), 'of-the-folder\n');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const running = (url: string) =>
  writeFileSync(join(dir, '.millrace/deployment.json'), JSON.stringify({ ...identityOf(process.pid), url }));
const found = (environment: NodeJS.ProcessEnv = {}, options = {}) => findConnection(options, environment, dir);
const FOREIGN = 'https://millrace.example.com';

test("the folder's token goes to the folder's deployment and to the default address, and nowhere else", () => {
  expect(found()).toEqual({ url: 'http://127.0.0.1:3000', token: 'of-the-folder' });
  running('http://127.0.0.1:4000');
  expect(found()).toEqual({ url: 'http://127.0.0.1:4000', token: 'of-the-folder' });
  expect(found({ MILLRACE_URL: 'http://127.0.0.1:4000/' }).token).toBe('of-the-folder');
  expect(found({ MILLRACE_URL: 'http://localhost:4000' }).token).toBe('of-the-folder');
  expect(found({ MILLRACE_URL: FOREIGN })).toEqual({ url: FOREIGN, token: null });
  expect(found({}, { url: FOREIGN }).token).toBeNull();
  expect(found({}, { url: 'http://127.0.0.1:4001' }).token).toBeNull();
});

test('MILLRACE_TOKEN goes to the address that a person named, and to the default one, but to none that a folder names', () => {
  const environment = { MILLRACE_TOKEN: 'of-the-person' };
  expect(found(environment)).toEqual({ url: 'http://127.0.0.1:3000', token: 'of-the-person' });
  expect(found({ ...environment, MILLRACE_URL: FOREIGN })).toEqual({ url: FOREIGN, token: 'of-the-person' });
  running(FOREIGN);
  expect(found(environment)).toEqual({ url: FOREIGN, token: 'of-the-folder' });
  expect(found(environment, { token: 'given' }).token).toBe('given');
});

test('a port that is none hides no address that was named, and is no address itself', () => {
  expect(found({ MILLRACE_PORT: '-1', MILLRACE_URL: FOREIGN })).toEqual({ url: FOREIGN, token: null });
  expect(() => found({ MILLRACE_PORT: '-1' })).toThrow('is not an API address');
});
