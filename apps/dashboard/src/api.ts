import { type Client, createClient } from '@millrace/client';

/** The API that served this page; the session's cookie signs in. */
export const api: Client = createClient({ url: '' });
