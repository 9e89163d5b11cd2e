import { type Client, createClient } from '@millrace/client';

/** The API that served this page; the session cookie authenticates. */
export const api: Client = createClient({ url: '' });

/** A key that makes retries of a request idempotent. `randomUUID` exists on https and localhost only. */
export const newIdempotencyKey = (): string =>
  typeof crypto.randomUUID === 'function'
    ? crypto.randomUUID()
    : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
