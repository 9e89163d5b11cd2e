import { describe, expect, test } from 'vitest';
import { LIMITS, type PipelineName } from '../../../domain/index.ts';
import type { StoredToken } from '../../../ports/index.ts';
import type { Suite } from '../rig.ts';

const CI: StoredToken = {
  name: 'ci',
  id: '0123456789ab',
  hash: 'f'.repeat(64),
  role: 'operator',
  pipelines: ['p' as PipelineName],
  createdAt: 1_000,
  createdBy: 'admin',
  expiresAt: null,
};

export const accessSuite: Suite = (rig) =>
  describe('named tokens', () => {
    test('a token is stored, listed by name, and removed', async () => {
      const { store } = rig();
      const audit = {
        ...CI,
        name: 'audit',
        id: 'ba9876543210',
        role: 'viewer' as const,
        pipelines: null,
        expiresAt: 9,
      };
      expect(await store.putToken({ name: 'ci', token: CI })).toBe('put');
      expect(await store.putToken({ name: 'audit', token: audit })).toBe('put');
      expect(await store.tokens()).toEqual([
        { ...audit, lastUsedAt: null },
        { ...CI, lastUsedAt: null },
      ]);
      expect(await store.putToken({ name: 'ci', token: null })).toBe('put');
      expect((await store.tokens()).map(({ name }) => name)).toEqual(['audit']);
    });

    test('the same command again is answered alike; another token of the name is refused and changes nothing', async () => {
      const { store } = rig();
      await store.putToken({ name: 'ci', token: CI });
      expect(await store.putToken({ name: 'ci', token: CI })).toBe('put');
      const other = { ...CI, id: 'ba9876543210', role: 'admin' as const };
      expect(await store.putToken({ name: 'ci', token: other })).toBe('taken');
      expect(await store.tokens()).toEqual([{ ...CI, lastUsedAt: null }]);
      expect(await store.putToken({ name: 'no-such', token: null })).toBe('unknown');
    });

    test('of many tokens created under one name at once, one is', async () => {
      const { store } = rig();
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, n) => store.putToken({ name: 'ci', token: { ...CI, id: `00000000000${n}` } })),
      );
      expect(answers.filter((answer) => answer === 'put')).toHaveLength(1);
      expect(await store.tokens()).toHaveLength(1);
    });

    test('there may be so many', async () => {
      const { store } = rig();
      for (let n = 0; n < LIMITS.tokens; n++)
        await store.putToken({ name: `t${n}`, token: { ...CI, name: `t${n}`, id: String(n) } });
      expect(await store.putToken({ name: 'one-more', token: { ...CI, name: 'one-more' } })).toBe('full');
      await store.putToken({ name: 't7', token: null });
      expect(await store.putToken({ name: 'one-more', token: { ...CI, name: 'one-more' } })).toBe('put');
    });

    test('the last use is the latest one, and goes with the token', async () => {
      const { store } = rig();
      await store.putToken({ name: 'ci', token: CI });
      await store.noteTokenUse([
        { name: 'ci', at: 5_000 },
        { name: 'no-such', at: 5_000 },
      ]);
      await store.noteTokenUse([{ name: 'ci', at: 4_000 }]);
      expect(await store.tokens()).toEqual([{ ...CI, lastUsedAt: 5_000 }]);
      await store.putToken({ name: 'ci', token: null });
      await store.putToken({ name: 'ci', token: { ...CI, id: 'ba9876543210' } });
      expect((await store.tokens())[0]).toMatchObject({ id: 'ba9876543210', lastUsedAt: null });
    });

    test('each change is told on the feed', async () => {
      const { store, feed } = rig();
      let told = 0;
      const leave = await feed.subscribe({ onEvent: () => {}, onTokens: () => void (told += 1) });
      await store.putToken({ name: 'ci', token: CI });
      await rig().until('the creation to be told', async () => told === 1);
      await store.putToken({ name: 'ci', token: null });
      await rig().until('the removal to be told', async () => told === 2);
      await leave();
    });
  });
