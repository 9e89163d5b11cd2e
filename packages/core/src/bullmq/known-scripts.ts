import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { MillraceError } from '../domain/index.ts';

/**
 * Our scripts write BullMQ's keys in the layout of these BullMQ scripts. A release that changes one of them may change
 * the layout: then nothing starts until `redis/scripts/lib/jobs.lua` has been compared with it and the conformance and
 * kill tests pass.
 */
const SCRIPTS_WE_FOLLOW = [
  'addStandardJob',
  'addParentJob',
  'moveToActive',
  'moveToFinished',
  'moveToDelayed',
  'retryJob',
  'getState',
  'getCounts',
  'pause',
  'obliterate',
];
const KNOWN_VERSION = '6.7.0';
const KNOWN_HASH = 'f70fc00bf3c38264';

/** Throws `version_mismatch` when the installed BullMQ is not the one whose key layout this build writes. */
export const checkBullmq = (scripts = installedScripts()): void => {
  const hash = hashOf(scripts);
  if (hash !== KNOWN_HASH)
    throw new MillraceError(
      'version_mismatch',
      `the installed bullmq has other Lua scripts than ${KNOWN_VERSION}, whose key layout Millrace writes (${hash}, expected ${KNOWN_HASH}): install bullmq ${KNOWN_VERSION}`,
    );
};

type Scripts = Readonly<Record<string, { readonly content: string }>>;

const installedScripts = (): Scripts => createRequire(import.meta.url)('bullmq/dist/cjs/scripts') as Scripts;

const hashOf = (scripts: Scripts): string => {
  const hash = createHash('sha256');
  for (const name of SCRIPTS_WE_FOLLOW) hash.update(`${name}\n${scripts[name]?.content ?? 'missing'}\n`);
  return hash.digest('hex').slice(0, 16);
};
