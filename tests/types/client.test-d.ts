/** What the client's methods answer are the types of the API's own schemas. */
import type { Client, Page } from '@millrace/client';
import type {
  WireArtifact,
  WireEvent,
  WireGraph,
  WireHealth,
  WireLock,
  WireLogLine,
  WirePipeline,
  WireQueue,
  WireListedRun,
  WireRun,
  WireRunAtGates,
  WireStagePage,
  WireSchedule,
  WireStartedRun,
  WireTick,
  WireWorker,
} from '@millrace/core/wire';
import { expectTypeOf, test } from 'vitest';

type Answer<Method extends keyof Client> = Client[Method] extends (...args: never[]) => Promise<infer T> ? T : never;

test('one thing', () => {
  expectTypeOf<Answer<'pipeline'>>().toEqualTypeOf<WirePipeline>();
  expectTypeOf<Answer<'graph'>>().toEqualTypeOf<WireGraph>();
  expectTypeOf<Answer<'start'>>().toEqualTypeOf<WireStartedRun>();
  expectTypeOf<Answer<'run'>>().toEqualTypeOf<WireRunAtGates>();
  expectTypeOf<Answer<'cancel'>>().toEqualTypeOf<WireRun>();
  expectTypeOf<Answer<'schedule'>>().toEqualTypeOf<WireSchedule>();
  expectTypeOf<Answer<'health'>>().toEqualTypeOf<WireHealth>();
  expectTypeOf<Answer<'graphText'>>().toEqualTypeOf<string>();
  expectTypeOf<Answer<'artifactContent'>>().toEqualTypeOf<Response>();
});

test('lists answer pages', () => {
  expectTypeOf<Answer<'pipelines'>>().toEqualTypeOf<Page<WirePipeline>>();
  expectTypeOf<Answer<'runs'>>().toEqualTypeOf<Page<WireListedRun>>();
  expectTypeOf<Answer<'stages'>>().toEqualTypeOf<WireStagePage>();
  expectTypeOf<Answer<'events'>>().toEqualTypeOf<Page<WireEvent>>();
  expectTypeOf<Answer<'logs'>>().toEqualTypeOf<Page<WireLogLine>>();
  expectTypeOf<Answer<'artifacts'>>().toEqualTypeOf<Page<WireArtifact>>();
  expectTypeOf<Answer<'schedules'>>().toEqualTypeOf<Page<WireSchedule>>();
  expectTypeOf<Answer<'ticks'>>().toEqualTypeOf<Page<WireTick>>();
  expectTypeOf<Answer<'workers'>>().toEqualTypeOf<Page<WireWorker>>();
  expectTypeOf<Answer<'queues'>>().toEqualTypeOf<Page<WireQueue>>();
  expectTypeOf<Answer<'locks'>>().toEqualTypeOf<Page<WireLock>>();
});

test('streams carry events and lines', () => {
  expectTypeOf<ReturnType<Client['followEvents']>>().toEqualTypeOf<AsyncGenerator<WireEvent, void>>();
  expectTypeOf<ReturnType<Client['followLines']>>().toEqualTypeOf<AsyncGenerator<WireLogLine, void>>();
});

test('what no operation takes is refused', () => {
  const start = (client: Client) => client.start('chain', { labels: { team: 'blue' }, mode: undefined });
  expectTypeOf(start).toBeFunction();
  // @ts-expect-error a field that a start does not have
  expectTypeOf((client: Client) => client.start('chain', { label: {} })).toBeFunction();
  // @ts-expect-error a cancel names a run
  expectTypeOf((client: Client) => client.cancel()).toBeFunction();
});
