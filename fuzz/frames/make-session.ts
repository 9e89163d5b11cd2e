import { type Known, knownValue } from '../known.ts';
import type { Random } from '../random.ts';
import { hostileJson, nestedJson, RawJson, writeJson } from '../values/json.ts';
import { hostileText } from '../values/texts.ts';
import { frameOf } from './web-socket.ts';

/** What one client sends, one after the other. */
export interface Session {
  readonly transport: 'websocket' | 'polling';
  /** The packet that joins a namespace. */
  readonly join: string;
  /** It says who it is and joins what there is: it is answered. */
  readonly joins: boolean;
  readonly steps: readonly Step[];
  /** Each event is sent once the one before has been acknowledged; else all at once. */
  readonly inTurn: boolean;
  /** How it goes: `cut` in the middle of what it sends. */
  readonly end: 'close' | 'cut';
}

export interface Step {
  /** Of Engine.IO, as a text: also for long polls. */
  readonly packet: string;
  /** Over a WebSocket; null: the packet as a text frame. */
  readonly frame: Buffer | null;
  /** The number under which an acknowledgement is due; null: none is. */
  readonly acknowledged: number | null;
}

/** Frames of a session at most: one case is a whole session, as a frame needs its connection. */
export const LONGEST = 12;

export const makeSession = (known: Known, random: Random): Session => {
  const joins = random.chance(0.9);
  const transport = random.chance(0.85) ? 'websocket' : 'polling';
  // Events only, which are all answered: after a frame that breaks the protocol there is nothing to be found.
  const proper = random.chance(0.6);
  const steps = random.chance(0.02)
    ? Array.from({ length: 200 }, (_, at) => event(at, ['subscribe', { run_id: known.live, after_seq: 0 }]))
    : Array.from({ length: 1 + random.below(LONGEST) }, (_, at) => makeStep(known, random, at + 1, proper));
  return {
    transport,
    joins,
    join: joins ? `40/events,${JSON.stringify({ token: known.token })}` : oddJoin(known, random),
    steps,
    inTurn: proper && steps.length <= LONGEST && random.chance(0.6),
    end: random.chance(0.5) ? 'close' : 'cut',
  };
};

const event = (id: number, packet: unknown): Step => ({
  packet: `42/events,${id}${writeJson(packet)}`,
  frame: null,
  acknowledged: id,
});
const packet = (text: string): Step => ({ packet: text, frame: null, acknowledged: null });
const raw = (frame: Buffer): Step => ({ packet: '', frame, acknowledged: null });

const makeStep = (known: Known, random: Random, id: number, proper: boolean): Step => {
  switch (random.below(proper ? 5 : 10)) {
    case 0:
    case 1:
    case 2:
      return event(id, [random.pick(['subscribe', 'subscribe', 'unsubscribe']), payloadOf(known, random)]);
    case 3:
      return event(id, [random.pick(NAMES), hostileOf(random)]);
    case 4:
      // A name that is a number is an event as any other.
      return event(id, [random.below(10), ...(random.chance(0.5) ? [{}] : [])]);
    case 5:
      return packet(random.pick(PACKETS));
    case 6:
      return packet(
        `42/events,${random.pick(['', '7', '99999999999999999999', '-1', '1.5'])}${writeJson(hostileJson(random))}`,
      );
    case 7:
      return packet(
        `${random.below(10)}${random.below(10)}${random.pick(['', '/events,', '/', '/none,', `/${'a'.repeat(300)},`])}${hostileText(random)}`,
      );
    default:
      return brokenFrame(random);
  }
};

const payloadOf = (known: Known, random: Random): unknown => {
  const value = (name: string): unknown => (random.chance(0.15) ? hostileOf(random) : knownValue(known, name, random));
  const fields = [
    ...(random.chance(0.6) ? [['run_id', value('run_id')]] : []),
    ...(random.chance(0.25) ? [['pipeline', value('pipeline')]] : []),
    ...(random.chance(0.4) ? [['after_seq', random.chance(0.3) ? hostileOf(random) : random.below(20)]] : []),
    ...(random.chance(0.1) ? [[hostileText(random), hostileOf(random)]] : []),
  ];
  return random.chance(0.1) ? hostileOf(random) : (Object.fromEntries(fields) as object);
};

/** JSON in a packet must be JSON, or the packet ends the connection. */
const hostileOf = (random: Random): unknown => {
  const value = random.chance(0.3) ? nestedJson(random) : hostileJson(random);
  // A packet of more than 64 KiB ends the connection.
  if (writeJson(value).length > 60_000) return null;
  if (!(value instanceof RawJson)) return value;
  try {
    JSON.parse(value.text);
    return value;
  } catch {
    return null;
  }
};

// `connect` and its like are reserved: a packet with them ends the connection.
const NAMES: readonly unknown[] = [
  'event',
  'heartbeat',
  'snapshot',
  '',
  '__proto__',
  'constructor',
  'toString',
  'subscribe ',
  'SUBSCRIBE',
  'x'.repeat(2_000),
  '\0',
  0,
  -1,
  1.5,
];

const PACKETS: readonly string[] = [
  '2',
  '3',
  '2probe',
  '5',
  '6',
  '0{"sid":"x"}',
  '7',
  '4',
  '40',
  '40/none,',
  '40/events',
  '41/events,',
  '41',
  '42',
  '42/events,',
  '42/events,[]',
  '42/events,[null]',
  '42/events,[{}]',
  '42/events,["disconnect"]',
  '42/events,["connect_error"]',
  '42/events,["newListener"]',
  '42["subscribe",{}]',
  '43/events,1[]',
  '43/events,[]',
  '43/events,9["x"]',
  '44/events,{"message":"x"}',
  '451-/events,["subscribe",{"_placeholder":true,"num":0}]',
  '451-/events,["subscribe",{"_placeholder":true,"num":9}]',
  '45-1-/events,["x"]',
  '459999999-/events,["x"]',
  '450-/events,["x"]',
  '461-/events,1[{"_placeholder":true,"num":0}]',
  '451-/events,7["subscribe",{"_placeholder":true,"num":"constructor"}]',
  '45',
  '47/events,',
  `42/events,${'['.repeat(5_000)}`,
  `42/events,7["subscribe",${'['.repeat(5_000)}${']'.repeat(5_000)}]`,
  `42/events,8["subscribe",${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}]`,
  'x',
  '',
  '\0',
  'b',
  'bAAAA',
];

const brokenFrame = (random: Random): Step => {
  const text = Buffer.from(random.pick(['42/events,3["subscribe",{}]', 'x', '']));
  switch (random.below(12)) {
    case 0:
      return raw(frameOf(random.bytes(random.below(200)), { opcode: 2 }));
    case 1:
      return raw(frameOf(random.bytes(random.below(200))));
    case 2:
      return raw(frameOf(text, { opcode: random.pick([3, 4, 5, 6, 7, 11, 15]) }));
    case 3:
      return raw(frameOf(text, { masked: false }));
    case 4:
      return raw(frameOf(text, { reserved: 1 + random.below(7) }));
    case 5:
      return raw(frameOf(text, { final: false }));
    case 6:
      return raw(frameOf(text, { opcode: 0 }));
    case 7:
      return raw(frameOf(Buffer.alloc(random.pick([65_000, 66_000, 200_000]), 'a')));
    case 8:
      return raw(frameOf(text, { length: random.pick([2n ** 31n, 2n ** 53n, 2n ** 63n - 1n]) }));
    case 9:
      return raw(frameOf(random.bytes(random.pick([0, 2, 125, 126])), { opcode: random.pick([8, 9, 10]) }));
    case 10:
      return raw(Buffer.concat(Array.from({ length: 300 }, () => frameOf(Buffer.from('x'), { opcode: 9 }))));
    default:
      return raw(
        Buffer.concat([
          frameOf(text, { final: false }),
          frameOf(Buffer.alloc(0), { opcode: 9 }),
          frameOf(Buffer.from('x'), { opcode: 0 }),
        ]),
      );
  }
};

const oddJoin = (known: Known, random: Random): string =>
  random.pick([
    '40',
    '40/events,',
    '40/events,{}',
    '40/events,[]',
    '40/events,"x"',
    '40/events,{"token":null}',
    '40/events,{"token":1}',
    '40/events,{"token":{"toString":1}}',
    `40/events,{"token":${'['.repeat(3_000)}${']'.repeat(3_000)}}`,
    `40/events,{"token":${JSON.stringify(`${known.token}x`)}}`,
    '40/none,{}',
    '40/__proto__,{}',
    `40/${'a'.repeat(60_000)},`,
    `40/events?token=x,{}`,
    '40/events,{"token":',
  ]);
