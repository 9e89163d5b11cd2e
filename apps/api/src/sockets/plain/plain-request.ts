import type { IncomingMessage } from 'node:http';
import { MillraceError } from '@millrace/core/domain';
import { bearerOf } from '../../http/roles.ts';

const PATH = /^\/ws\/events(?:\/([^/]*))?\/?$/;

/** What an upgrade at `/ws/events` asks for. */
export interface PlainRequest {
  /** Null: the default pipeline. */
  readonly runId: string | null;
  /** Null: the snapshot has the last events, and those after them follow. */
  readonly afterSeq: number | null;
  /** Null: none was sent. */
  readonly token: string | null;
}

/** Whether the upgrade is for a plain socket. */
export const isPlainSocket = ({ url = '', headers }: IncomingMessage): boolean =>
  PATH.test(pathOf(url)) && headers.upgrade?.toLowerCase() === 'websocket';

/** @throws MillraceError `malformed_request`, `invalid_request` */
export const readPlainRequest = ({ url = '', headers }: IncomingMessage): PlainRequest => {
  const [path, query] = [pathOf(url), new URLSearchParams(url.slice(pathOf(url).length))];
  const named = PATH.exec(path)?.[1];
  const runId = named === undefined || named === '' ? null : named;
  for (const name of query.keys())
    if (name !== 'after_seq' || runId === null)
      throw wrongQuery(
        name,
        /token|auth|key/i.test(name)
          ? 'is not taken here: addresses end up in logs. Send the token in the Authorization header, or as a subprotocol'
          : `is not known here${runId === null ? '' : '; there is after_seq'}`,
      );
  const after = query.get('after_seq');
  if (after !== null && !/^\d{1,15}$/.test(after)) throw wrongQuery('after_seq', 'must be the seq of an event');
  return {
    runId,
    afterSeq: after === null ? null : Number(after),
    token: bearerOf(headers.authorization) ?? tokenIn(protocolsOf(headers['sec-websocket-protocol'])),
  };
};

/**
 * Browsers let a page set no header but the subprotocols, so the token may be the one after `bearer`, or, since not
 * every character is taken there, encoded after `bearer.base64url`.
 */
const CARRIERS: Readonly<Record<string, (given: string) => string>> = {
  bearer: (given) => given,
  'bearer.base64url': (given) => Buffer.from(given, 'base64url').toString('utf8'),
};

/** The subprotocol to answer: never the token. */
export const chosenProtocol = (offered: ReadonlySet<string>): string | false =>
  [...offered].find((protocol) => Object.hasOwn(CARRIERS, protocol)) ?? false;

const tokenIn = (protocols: readonly string[]): string | null => {
  const place = protocols.findIndex((protocol) => Object.hasOwn(CARRIERS, protocol));
  const given = place < 0 ? undefined : protocols[place + 1];
  return given === undefined ? null : CARRIERS[protocols[place]!]!(given);
};

const protocolsOf = (header: string | undefined): readonly string[] =>
  header === undefined ? [] : header.split(',').map((protocol) => protocol.trim());

const pathOf = (url: string): string => /^[^?#]*/.exec(url)![0];

const wrongQuery = (name: string, message: string): MillraceError =>
  new MillraceError('invalid_request', `query.${name.slice(0, 60)}: ${message}`, {
    errors: [{ path: `query.${name.slice(0, 60)}`, message }],
  });
