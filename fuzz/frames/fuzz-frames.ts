import { setTimeout as delay } from 'node:timers/promises';
import type { FuzzedDeployment } from '../deployment.ts';
import type { Findings } from '../findings.ts';
import { randomOf } from '../random.ts';
import { exchange } from '../requests/exchange.ts';
import { runCases, type UnderWay } from '../run-cases.ts';
import { frameOf, openWebSocket } from './web-socket.ts';
import { makeSession, type Session } from './make-session.ts';

export interface FramesDone {
  readonly count: number;
  readonly sessions: number;
  readonly acknowledged: number;
}

interface Options {
  readonly seed: number;
  /** Frames to send; sessions begin until there were as many. */
  readonly frames: number;
  /** Instead: these sessions. */
  readonly only: readonly number[] | null;
  readonly lanes: number;
  /** ms */
  readonly hungAfterMs: number;
  readonly underWay: UnderWay;
  readonly findings: Findings;
  readonly onFrames: (sent: number) => void;
  readonly stop: () => boolean;
}

export const fuzzFrames = async (deployment: FuzzedDeployment, options: Options): Promise<FramesDone> => {
  const { seed, frames, only, lanes, hungAfterMs, underWay, findings, onFrames, stop } = options;
  const done = { count: 0, sessions: 0, acknowledged: 0 };
  const play = async (number: number): Promise<void> => {
    const name = `frames:${number}`;
    const session = makeSession(deployment.known, randomOf(seed, 'frames', number));
    const wrong = (what: string, detail: string, timed = false): void =>
      findings.add(what, name, `${shown(session)}\n-> ${detail}`, timed);
    const over = underWay.begin(name);
    const { port } = deployment;
    const acknowledged = session.transport === 'websocket' ? await overWebSocket(port, session, hungAfterMs, wrong) : 0;
    if (session.transport === 'polling') await overPolling(port, session, hungAfterMs, wrong);
    over();
    done.acknowledged += acknowledged;
    done.count += session.steps.length;
    done.sessions += 1;
    onFrames(done.count);
  };
  if (only) await runCases(only.length, 1, (at) => play(only[at]!), stop);
  else await runCases(Number.MAX_SAFE_INTEGER, lanes, play, () => done.count >= frames || stop());
  return done;
};

type Wrong = (what: string, detail: string, timed?: boolean) => void;
const SOCKET = '/socket.io/?EIO=4&transport=';

/** Answers how many acknowledgements came. */
const overWebSocket = async (port: number, session: Session, hungAfterMs: number, wrong: Wrong): Promise<number> => {
  const socket = await openWebSocket(port, `${SOCKET}websocket`, hungAfterMs);
  if (socket === null) {
    wrong('a WebSocket was not opened', 'the upgrade was refused or not answered');
    return 0;
  }
  const text = (packet: string): void => socket.send(frameOf(Buffer.from(packet)));
  const leave = async (acknowledged: number): Promise<number> => {
    await delay(1);
    socket.cut();
    return acknowledged;
  };
  text(session.join);
  const joined = await socket.until((packet) => /^4[04]/.test(packet), session.joins ? hungAfterMs : 100);
  if (session.joins && !joined?.startsWith('40/events,'))
    wrong('a namespace was not joined', String(joined), joined === undefined);
  let acknowledged = 0;
  const swallowed = isSwallowed(session);
  /** False: none will come any more. */
  const awaited = async (id: number): Promise<boolean> => {
    const answer = await socket.until((packet) => packet.startsWith(`43/events,${id}[`), swallowed ? 200 : hungAfterMs);
    if (answer === undefined && !swallowed) wrong('a message was not acknowledged', `number ${id}`, true);
    if (answer === undefined || answer === null) return false;
    acknowledged += 1;
    const problem = problemOfAcknowledgement(answer);
    if (problem !== null) wrong(problem, answer.slice(0, 500));
    return true;
  };
  for (const { frame, packet, acknowledged: id } of session.steps) {
    if (!socket.isOpen()) break;
    if (frame !== null) socket.send(frame);
    else text(packet);
    if (session.inTurn && session.joins && id !== null && !(await awaited(id))) break;
  }
  if (session.end === 'cut' && session.steps.length % 3 === 0) return leave(acknowledged);
  const due = session.joins && !session.inTurn ? session.steps.flatMap((step) => step.acknowledged ?? []) : [];
  for (const id of due) if (!(await awaited(id))) break;
  if (session.end === 'close' && socket.isOpen()) socket.send(frameOf(Buffer.from([3, 232]), { opcode: 8 }));
  return leave(acknowledged);
};

/**
 * A frame that is said to be long, not final, or of binary data to come makes what follows a part of it; one that
 * leaves has left.
 */
const isSwallowed = ({ steps }: Session): boolean =>
  steps.some(({ frame, packet }) => frame !== null || /^4[156]/.test(packet) || /^(?:1|40|.?\d[5-9])/.test(packet));

const problemOfAcknowledgement = (packet: string): string | null => {
  try {
    const [answer] = JSON.parse(packet.slice(packet.indexOf('['))) as [{ ok?: unknown; error?: { code?: string } }];
    if (typeof answer.ok !== 'boolean') return 'an acknowledgement without ok';
    const code = answer.error?.code ?? '';
    return ['internal', 'store_unavailable', 'version_mismatch'].includes(code)
      ? `a message was answered ${code}`
      : null;
  } catch {
    return 'an acknowledgement that is no JSON';
  }
};

/** Long polls: open, join, everything in one body, read, leave. */
const overPolling = async (port: number, session: Session, hungAfterMs: number, wrong: Wrong): Promise<void> => {
  const ask = async (method: string, path: string, body: string | null): Promise<string | null> => {
    const bytes = Buffer.from(body ?? '');
    const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${body === null ? '' : `Content-Type: text/plain;charset=UTF-8\r\nContent-Length: ${bytes.length}\r\n`}\r\n`;
    const exchanged = await exchange(
      port,
      { bytes: Buffer.concat([Buffer.from(head), bytes]), how: 'whole', method },
      hungAfterMs,
    );
    if (exchanged.kind === 'hung') wrong(`no answer to a ${method} of a long poll`, path, true);
    if (exchanged.kind === 'answered' && exchanged.answer.status >= 500)
      wrong(`${exchanged.answer.status} to a ${method} of a long poll`, path);
    return exchanged.kind === 'answered' && exchanged.answer.status === 200 ? exchanged.answer.body.toString() : null;
  };
  const opened = await ask('GET', `${SOCKET}polling`, null);
  const [, sid] = /"sid":"([\w-]+)"/.exec(opened ?? '') ?? [];
  if (sid === undefined) return wrong('a long poll was not opened', String(opened));
  const path = `${SOCKET}polling&sid=${sid}`;
  if ((await ask('POST', path, session.join)) === null) return;
  await ask('GET', path, null);
  const packets = session.steps.map(({ packet, frame }) => (frame === null ? packet : `b${frame.toString('base64')}`));
  if ((await ask('POST', path, packets.join('\x1e'))) === null) return;
  if (session.end === 'close') await ask('POST', path, '1');
};

const shown = ({ transport, join, steps }: Session): string =>
  [
    transport,
    join,
    ...steps.map(({ packet, frame }) => (frame === null ? packet : `frame ${frame.subarray(0, 40).toString('hex')}`)),
  ]
    .map((line) => line.slice(0, 120))
    .join('\n');
