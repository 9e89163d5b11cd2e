import { type Client, createClient } from '@millrace/client';
import { BASE_PATH } from './served-below.ts';

/** The API that served this page; the session cookie authenticates. */
export const api: Client = createClient({ url: BASE_PATH });

/** A key that makes retries of a request idempotent. `randomUUID` exists on https and localhost only. */
export const newIdempotencyKey = (): string =>
  typeof crypto.randomUUID === 'function'
    ? crypto.randomUUID()
    : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
