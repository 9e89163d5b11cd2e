import { z } from 'zod';
import { EVENT_TYPES, type EventKind, type EventType, type LogData, type RunEvent } from '../domain/index.ts';
import { toInstant, wireInstant } from './time.ts';

const KINDS = [
  'start',
  'success',
  'failure',
  'log',
  'metric',
  'error',
  'state_change',
  'heartbeat',
] as const satisfies readonly EventKind[];

/** The envelope of a recorded fact, the same over HTTP, SSE, sockets and in archives. */
export const wireEvent = z
  .object({
    seq: z.int().positive().meta({ description: '1, 2, 3 … per run, without gaps' }),
    run_id: z.string(),
    pipeline: z.string(),
    stage: z.string().meta({ description: 'Name of the stage, or `pipeline` for events of the run itself' }),
    attempt: z.int().nonnegative(),
    generation: z
      .int()
      .positive()
      .meta({ description: 'Generation of the stage, or of the run for events of the run itself' }),
    type: z.enum(Object.keys(EVENT_TYPES) as [EventType, ...EventType[]]),
    event: z.enum(KINDS).meta({ description: 'Coarse category of `type`' }),
    timestamp: wireInstant,
    msg: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
export type WireEvent = z.infer<typeof wireEvent>;

export const toWireEvent = (event: RunEvent): WireEvent => ({
  seq: event.seq,
  run_id: event.runId,
  pipeline: event.pipeline,
  stage: event.stage,
  attempt: event.attempt,
  generation: event.generation,
  type: event.type,
  event: EVENT_TYPES[event.type].kind,
  timestamp: toInstant(event.at),
  msg: sentenceOf(event),
  data: event.data,
});

/** What happened, for people: log lines say themselves, failures say why, reports say what. */
const sentenceOf = ({ type, stage, data }: RunEvent): string => {
  if (type === 'stage.log') return (data as unknown as LogData).lines.map((line) => line.t).join('\n');
  const says = stage === 'pipeline' ? EVENT_TYPES[type].says : `${stage}: ${EVENT_TYPES[type].says}`;
  const why =
    (data['error'] as { message?: unknown } | null | undefined)?.message ?? data['reason'] ?? reportOf(type, data);
  return typeof why === 'string' && why !== '' ? `${says}: ${why}` : says;
};

/** What a running stage reported about itself. */
const reportOf = (type: EventType, data: RunEvent['data']): string | null => {
  const text = (key: string) =>
    typeof data[key] === 'string' || typeof data[key] === 'number' ? String(data[key]) : '';
  switch (type) {
    case 'stage.artifact':
      return text('name');
    case 'stage.metric':
      return `${text('name')} = ${text('value')}${text('unit') === '' ? '' : ` ${text('unit')}`}`;
    case 'stage.progress':
      return `${Math.round(Number(data['fraction']) * 100)} %${text('message') === '' ? '' : ` ${text('message')}`}`;
    case 'stage.skipped':
      return `its trigger rule cannot be met after the end of ${text('because')}`;
    case 'stage.upstream_failed':
      return `${text('because')} did not succeed`;
    default:
      return null;
  }
};

/** One line of a stage's output. */
export const wireLogLine = z
  .object({
    seq: z
      .int()
      .positive()
      .meta({ description: '`seq` of the event that carries the line; several lines may share it' }),
    stage: z.string(),
    generation: z.int().positive().meta({ description: 'Of the stage' }),
    attempt: z.int().positive(),
    stream: z.enum(['stdout', 'stderr', 'log']),
    line: z.string(),
    timestamp: wireInstant,
  })
  .meta({ id: 'LogLine' });
export type WireLogLine = z.infer<typeof wireLogLine>;

const STREAMS = { out: 'stdout', err: 'stderr', log: 'log' } as const;

/** The lines of a `stage.log` event; of any other event, none. */
export const toWireLogLines = (event: RunEvent): readonly WireLogLine[] =>
  event.type !== 'stage.log'
    ? []
    : (event.data as unknown as LogData).lines.map((line) => ({
        seq: event.seq,
        stage: event.stage,
        generation: event.generation,
        attempt: event.attempt,
        stream: STREAMS[line.s],
        line: line.t,
        timestamp: toInstant(event.at),
      }));
