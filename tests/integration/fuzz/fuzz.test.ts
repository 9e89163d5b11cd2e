import { expect, test } from 'vitest';
import { fuzz } from '../../../fuzz/fuzz.ts';

/**
 * A slice of `npm run fuzz`. What depends on how busy the machine is, stalls above all, is for the long run on a quiet
 * one.
 */
test('requests, frames, YAML and command lines that nobody should send: no 5xx, no crash, no answer that is not declared', async () => {
  const { findings, requests, frames, yaml, commands, held } = await fuzz({
    seed: 10,
    requests: 350,
    frames: 60,
    yaml: 30,
    commands: 20,
    only: null,
    lanes: 8,
    tell: () => {},
  });
  expect(findings.filter(({ timed }) => !timed)).toEqual([]);
  // They reached what they are for.
  expect([requests!.count, yaml!.count, commands!.count]).toEqual([350, 30, 20]);
  expect(Object.keys(requests!.statuses)).toEqual(expect.arrayContaining(['200', '400', '401', '404', '405', '422']));
  expect(frames!.acknowledged).toBeGreaterThan(20);
  expect(Object.keys(commands!.codes)).toEqual(expect.arrayContaining(['0', '2']));
  expect(held).not.toBeNull();
}, 180_000);
