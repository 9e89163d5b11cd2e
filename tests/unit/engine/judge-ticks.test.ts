import { judgeTicks, PUNCTUAL_MS } from '@millrace/core/engine';
import { describe, expect, it } from 'vitest';

const MINUTE = 60_000;
const NOW = Date.parse('2026-06-01T12:00:05Z');
const at = (time: string) => Date.parse(`2026-06-01T${time}Z`);
const minutely = (policy: 'none' | 'last' | 'all', windowMs = 15 * MINUTE) => ({
  cron: '* * * * *',
  everyMs: null,
  timezone: 'UTC',
  catchUp: { policy, windowMs },
});
const verdicts = (policy: 'none' | 'last' | 'all', cursor: number, now = NOW, windowMs?: number) =>
  judgeTicks(minutely(policy, windowMs), cursor, now).map(
    ({ instant, verdict }) => `${new Date(instant).toISOString().slice(11, 16)} ${verdict}`,
  );

describe('ticks that came due while no scheduler was up', () => {
  it('one that is on time is run, whatever the policy', () => {
    for (const policy of ['none', 'last', 'all'] as const)
      expect(verdicts(policy, at('11:59:00'))).toEqual(['12:00 fire']);
  });

  it('none runs none of the late ones', () => {
    expect(verdicts('none', at('11:57:00'))).toEqual(['11:58 missed', '11:59 missed', '12:00 fire']);
  });

  it('last runs the newest late one, unless one is due on time', () => {
    expect(verdicts('last', at('11:57:00'))).toEqual(['11:58 missed', '11:59 missed', '12:00 fire']);
    expect(verdicts('last', at('11:57:00'), at('12:00:30'))).toEqual([
      '11:58 missed',
      '11:59 missed',
      '12:00 catch_up',
    ]);
  });

  it('all runs each within the window, the older ones are missed', () => {
    expect(verdicts('all', at('11:55:00'), at('12:00:30'), 3 * MINUTE)).toEqual([
      '11:56 missed',
      '11:57 missed',
      '11:58 catch_up',
      '11:59 catch_up',
      '12:00 catch_up',
    ]);
  });

  it('one older than the window is missed under last too, with the reason', () => {
    const judged = judgeTicks({ ...minutely('last', MINUTE), cron: '0 11 * * *' }, at('10:00:00'), NOW);
    expect(judged).toEqual([
      { instant: at('11:00:00'), verdict: 'missed', reason: expect.stringContaining('catch-up window of 1m') },
    ]);
  });

  it('a long row of missed ticks ends in one entry for the rest, at the last of them', () => {
    const judged = judgeTicks({ ...minutely('none'), cron: '* * * * * *' }, NOW - 7 * 86_400_000, NOW);
    const missed = judged.filter(({ verdict }) => verdict === 'missed');
    expect(missed).toHaveLength(101);
    expect(missed.at(-1)).toMatchObject({
      instant: NOW - PUNCTUAL_MS,
      reason: expect.stringContaining('so were all ticks'),
    });
    expect(judged).toHaveLength(101 + 10);
  });

  it('a backlog beyond one batch is judged in order, slice after slice, each tick once', () => {
    const secondly = { ...minutely('all', 3_600_000), cron: '* * * * * *' };
    let cursor = NOW - 1_200_000;
    const run: number[] = [];
    for (
      let judged = judgeTicks(secondly, cursor, NOW);
      judged.length > 0;
      judged = judgeTicks(secondly, cursor, NOW)
    ) {
      for (const { instant, verdict } of judged) if (verdict !== 'missed') run.push(instant);
      cursor = judged.at(-1)!.instant;
    }
    expect(run).toEqual(Array.from({ length: 1_200 }, (_, index) => NOW - 1_199_000 + index * 1_000));
  });

  it('nothing is due twice', () => {
    expect(verdicts('all', at('12:00:00'))).toEqual([]);
  });
});
