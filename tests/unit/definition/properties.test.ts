import fc from 'fast-check';
import { definePipeline, orderStages, versionOf } from '@millrace/core/definition';
import { parseDuration } from '@millrace/core/domain';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { fromCode, fromYaml } from './definition-fixture.ts';

test('a duration is the sum of its parts, in whatever units it is written', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.integer({ min: 0, max: 10_000 }),
          fc.constantFrom(['ms', 1], ['s', 1e3], ['m', 6e4], ['h', 36e5], ['d', 864e5]) as fc.Arbitrary<
            [string, number]
          >,
        ),
        { minLength: 1, maxLength: 5 },
      ),
      (parts) => {
        expect(parseDuration(parts.map(([n, [unit]]) => `${n}${unit}`).join(''))).toBe(
          parts.reduce((sum, [n, [, ms]]) => sum + n * ms, 0),
        );
      },
    ),
  );
});

/** Stages in which each depends on some of those before it. */
const acyclic = fc
  .integer({ min: 1, max: 12 })
  .chain((count) =>
    fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        fc.subarray(Array.from({ length: i }, (_, j) => `s${j}`)).map((dependsOn) => ({ name: `s${i}`, dependsOn })),
      ),
    ),
  );

test('each stage comes after its dependencies; an order that is right stays', () => {
  fc.assert(
    fc.property(
      acyclic.chain((stages) =>
        fc.tuple(fc.constant(stages), fc.shuffledSubarray(stages, { minLength: stages.length })),
      ),
      ([sorted, shuffled]) => {
        const order = orderStages(shuffled);
        if (order.kind !== 'ordered') throw new Error('no cycle was there');
        expect(new Set(order.stages)).toEqual(new Set(shuffled));
        const place = new Map(order.stages.map(({ name }, i) => [name, i]));
        for (const { name, dependsOn } of order.stages)
          for (const dependency of dependsOn) expect(place.get(dependency)).toBeLessThan(place.get(name)!);
        expect(orderStages(sorted)).toEqual({ kind: 'ordered', stages: sorted });
      },
    ),
  );
});

test('a cycle is found, and what is named is one', () => {
  fc.assert(
    fc.property(acyclic, fc.nat(), fc.nat(), (stages, a, b) => {
      const [low, high] = [a % stages.length, b % stages.length].sort((x, y) => x - y) as [number, number];
      const joined = stages.map((stage, i) => {
        if (i === high)
          return {
            ...stage,
            dependsOn:
              low === high ? [...stage.dependsOn, stage.name] : [...new Set([...stage.dependsOn, stages[low]!.name])],
          };
        return i === low ? { ...stage, dependsOn: [...stage.dependsOn, stages[high]!.name] } : stage;
      });
      const order = orderStages(joined);
      if (order.kind !== 'cycle') throw new Error('there was a cycle');
      expect(order.cycle.at(0)).toBe(order.cycle.at(-1));
      for (const [i, name] of order.cycle.slice(0, -1).entries())
        expect(joined.find((stage) => stage.name === name)!.dependsOn).toContain(order.cycle[i + 1]);
    }),
  );
});

const reversed = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(reversed)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, inner]) => [key, reversed(inner)]),
        )
      : value;

test('the version does not depend on the order of keys, and on everything else it does', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (presets, other) => {
      const model = {
        ...fromYaml('name: p\nstages: { a: { run: { command: [x] } } }'),
        description: 'one',
        modes: { m: { params: presets, stages: null, overlap: null } },
      };
      expect(versionOf(reversed(JSON.parse(JSON.stringify(model))) as typeof model)).toBe(
        versionOf(JSON.parse(JSON.stringify(model)) as typeof model),
      );
      expect(versionOf({ ...model, description: `one${other}!` })).not.toBe(versionOf(model));
    }),
  );
});

const duration = fc.constantFrom('1s', '250ms', '5m', '1h30m', 1_500);
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const timing = fc.record({
  timeout: optional(duration),
  heartbeatTimeout: optional(duration),
  stageTimeout: optional(duration),
  queueTimeout: optional(duration),
  grace: optional(duration),
  queue: optional(fc.constantFrom('cpu', 'gpu')),
  retry: optional(
    fc.record({
      maximumAttempts: optional(fc.integer({ min: 1, max: 9 })),
      backoffCoefficient: optional(fc.constantFrom(1, 1.5, 2)),
      jitter: optional(fc.constantFrom(0, 0.5)),
      nonRetryableErrors: optional(fc.array(fc.constantFrom('A', 'B'))),
    }),
  ),
});

/** The same definition with the spelling of the wire. */
const snake = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(snake)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, inner]) => inner !== undefined)
            .map(([key, inner]) => [key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`), snake(inner)]),
        )
      : value;
const defined = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('the YAML form and the TypeScript form of one definition are one pipeline', () => {
  fc.assert(
    fc.property(
      acyclic,
      fc.array(timing, { minLength: 12, maxLength: 12 }),
      timing,
      fc.record({
        description: optional(fc.string()),
        overlap: optional(fc.constantFrom('skip', 'queue', 'allow', 'cancel_running')),
        timeout: optional(duration),
        params: optional(fc.constant({ type: 'object', properties: { source: { type: 'string', default: 'x' } } })),
        schedules: optional(
          fc.constant([{ cron: '*/5 * * * *', timezone: 'Europe/Paris', catchUp: { policy: 'all', window: '1h' } }]),
        ),
      }),
      (stages, timings, defaults, head) => {
        const options = { ...head, defaults };
        let code = definePipeline('p', defined(options) as never) as unknown as {
          stage(name: string, options: unknown): typeof code;
        };
        const yamlStages: Record<string, unknown> = {};
        for (const [i, { name, dependsOn }] of stages.entries()) {
          const common = { ...timings[i], dependsOn, outputs: { required: ['rows'] } };
          code = code.stage(name, defined({ ...common, command: ['node', 'x.mjs', name], env: { A: 'b' } }));
          yamlStages[name] = {
            ...(snake(common) as object),
            run: { command: ['node', 'x.mjs', name], env: { A: 'b' } },
          };
        }
        expect(fromYaml(stringify({ name: 'p', ...(snake(options) as object), stages: yamlStages }))).toEqual(
          fromCode(code as never),
        );
      },
    ),
    { numRuns: 60 },
  );
});
