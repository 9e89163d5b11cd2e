import { type Client, createClient } from '@millrace/client';

/** The API that served this page; the session cookie authenticates. */
export const api: Client = createClient({ url: '' });
