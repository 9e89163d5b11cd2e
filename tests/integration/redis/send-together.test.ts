/** The API's commands of one turn of the event loop leave together: Redis reads them at once. */
import type { Socket } from 'node:net';
import { connectRedis, patientOptions, requestOptions } from '@millrace/core/redis';
import { expect, inject, test } from 'vitest';

test.each([
  ['the API', requestOptions, 0],
  ['background work', patientOptions, 3],
])('%s: commands that have left before the turn ends', async (_who, options, leaving) => {
  const redis = await connectRedis(inject('redisUrl'), options);
  try {
    const { stream } = redis as unknown as { readonly stream: Socket };
    const left = () => stream.bytesWritten - stream.writableLength;
    const before = left();
    const sizes: number[] = [];
    const answers = ['a', 'b', 'c'].map((text) => {
      const answer = redis.echo(text);
      sizes.push(left());
      return answer;
    });
    expect(new Set(sizes.filter((size) => size > before)).size).toBe(leaving);
    expect(await Promise.all(answers)).toEqual(['a', 'b', 'c']);
    expect(left()).toBeGreaterThan(before);
  } finally {
    redis.disconnect();
  }
});
