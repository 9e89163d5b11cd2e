import type { Redis } from 'ioredis';
import { connectEach, type Options } from './connect.ts';
import { claimFormat } from './format.ts';
import { keysOf } from './keys.ts';
import { storeError } from './script.ts';

/**
 * One client per set of options, on the store under `prefix`: all of them, or none and the first failure.
 * @throws MillraceError `store_unavailable`; `store_format` if the data was written by another version of Millrace
 */
export const connectStore = async <O extends readonly Options[]>(
  { url, ca, prefix }: { readonly url: string; readonly ca: string | null; readonly prefix: string },
  ...each: O
): Promise<{ [Place in keyof O]: Redis }> => {
  const clients = await connectEach(url, ca, each);
  try {
    await claimFormat(clients[0]!, keysOf(prefix));
    return clients as { [Place in keyof O]: Redis };
  } catch (error) {
    for (const client of clients) client.disconnect();
    throw storeError(error, 'its format', clients[0]);
  }
};
