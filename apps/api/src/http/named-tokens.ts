import { tokenOf } from '@millrace/core/engine';
import type { Feed, Store, TokenView } from '@millrace/core/ports';
import type { Logger } from 'pino';
import type { Principal } from './roles.ts';

/** The deployment's named tokens, as this process knows them. */
export interface NamedTokens {
  /** The principal of a token's text; null: unknown, revoked or expired. Notes the use. */
  check(text: string): Principal | null;
  /** The principal of the token with this id; null: revoked or expired. */
  find(id: string): Principal | null;
  /** Reads the tokens, so that what was created or revoked before the call is known here. */
  reload(): Promise<void>;
  /** Reads them now, when they change, and repeatedly, until stopped. */
  follow(): Promise<() => Promise<void>>;
}

const LOOK_MS = 2_000;
/** Uses of a token within this long of the last one recorded are not recorded, ms. */
const USE_MS = 60_000;

/**
 * All tokens are held in each process, so that a request costs no Redis call. A change is published, and known
 * everywhere within milliseconds; if the message is lost, within `LOOK_MS` and the time of a read. While Redis cannot
 * be read, the last known tokens hold: what they open needs Redis as well. Expiry needs no message.
 */
export const namedTokens = ({
  store,
  feed,
  log,
}: {
  readonly store: Pick<Store, 'tokens' | 'noteTokenUse'>;
  readonly feed: Pick<Feed, 'subscribe'>;
  readonly log: Logger;
}): NamedTokens => {
  let byId: ReadonlyMap<string, TokenView> = new Map();
  /** By name: uses since the last one recorded. */
  const used = new Map<string, number>();

  const read = async (): Promise<void> => {
    try {
      byId = new Map((await store.tokens()).map((token) => [token.id, token]));
    } catch (error) {
      log.debug({ err: error }, 'the named tokens could not be read; asked again soon');
    }
  };
  // One after the other: an earlier reading never replaces a later one.
  let reading: Promise<void> = Promise.resolve();
  const reload = (): Promise<void> => (reading = reading.then(read));

  const recordUses = async (): Promise<void> => {
    const uses = [...used].map(([name, at]) => ({ name, at }));
    used.clear();
    await store.noteTokenUse(uses).catch((error: unknown) => {
      log.debug({ err: error }, 'the last use of tokens could not be recorded');
    });
  };

  const note = (token: TokenView): void => {
    const now = Date.now();
    if (now - (token.lastUsedAt ?? 0) >= USE_MS) used.set(token.name, now);
  };

  return {
    check: (text) => {
      const token = tokenOf(byId, text);
      if (token === null || isExpired(token)) return null;
      note(token);
      return principalOf(token);
    },
    find: (id) => {
      const token = byId.get(id);
      return token === undefined || isExpired(token) ? null : principalOf(token);
    },
    reload,
    follow: async () => {
      const unsubscribe = await feed.subscribe({
        onEvent: () => {},
        onTokens: () => void reload(),
        onGap: () => void reload(),
      });
      await reload();
      const timer = setInterval(() => {
        void reload();
        if (used.size > 0) void recordUses();
      }, LOOK_MS);
      return async () => {
        clearInterval(timer);
        await Promise.all([unsubscribe(), recordUses()]);
      };
    },
  };
};

const isExpired = ({ expiresAt }: TokenView): boolean => expiresAt !== null && expiresAt <= Date.now();

const principalOf = ({ name, role, id, expiresAt, pipelines }: TokenView): Principal => ({
  name,
  role,
  tokenId: id,
  expiresAt,
  pipelines,
});
