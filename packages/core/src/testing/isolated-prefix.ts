import { randomBytes } from 'node:crypto';

/** A key prefix of its own for one test file on the shared server; it is a valid MILLRACE_PREFIX. */
export const isolatedPrefix = (name = 'test'): string => `${name}-${randomBytes(6).toString('hex')}`;
