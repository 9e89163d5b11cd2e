import type { Redis } from 'ioredis';
import { MillraceError } from '../domain/index.ts';
import { refusalOfConnection } from './connect.ts';
import type { Keys } from './keys.ts';
import { withoutCommand } from './redis-failure.ts';
import { RedisSilentError } from './silence.ts';
import { decode, decodeAll, encode, type Field, type Fields } from './layout/fields.ts';
import { type ArgsOf, type ReplyOf, type ScriptName, type Signature, SIGNATURES } from './layout/signatures.ts';
import { namingSource } from './script-source.ts';
import { SCRIPTS } from './scripts.generated.ts';

/** One deployment's Redis: a connection and the keys. */
export interface Database {
  readonly redis: Redis;
  readonly keys: Keys;
  /** Passed to each script: the root of all keys, and that of the channels if it differs. */
  readonly scriptKeys: readonly string[];
}

/**
 * Runs a script: one EVALSHA, and one EVAL if Redis does not have it yet (after a restart or SCRIPT FLUSH). Throws
 * `store_unavailable` or `store_full` if Redis cannot answer; with `effect: "unknown"` if it was sent and got no reply.
 */
export const runScript = async <Name extends ScriptName>(
  db: Database,
  name: Name,
  args: ArgsOf<Name>,
): Promise<ReplyOf<Name>> => replyOf(SIGNATURES[name], await evaluate(db, name, argsOf(name, args))) as ReplyOf<Name>;

const evaluate = async (db: Database, name: ScriptName, args: readonly (string | number)[]): Promise<unknown> => {
  // A new script has no text before `npm run generate`, which builds this file first.
  const { sha, lua } = (SCRIPTS as Readonly<Record<string, { sha: string; lua: string }>>)[name]!;
  try {
    return await db.redis.evalsha(sha, db.scriptKeys.length, ...db.scriptKeys, ...args);
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw scriptError(error, name, db.redis);
  }
  try {
    return await db.redis.eval(lua, db.scriptKeys.length, ...db.scriptKeys, ...args);
  } catch (error) {
    throw scriptError(error, name, db.redis);
  }
};

/** A script's arguments as they are sent. */
export const argsOf = <Name extends ScriptName>(name: Name, args: ArgsOf<Name>): (string | number)[] => {
  const { args: fields, tail }: Signature = SIGNATURES[name];
  const values = args as Readonly<Record<string, unknown>>;
  const sent = encodeAll(fields, values);
  if (tail)
    for (const group of values[tail.name] as readonly Readonly<Record<string, unknown>>[])
      sent.push(...encodeAll(tail.each, group));
  return sent;
};

const encodeAll = (fields: Fields, values: Readonly<Record<string, unknown>>): (string | number)[] =>
  Object.entries(fields).map(([name, field]) => encode(field, values[name]));

const replyOf = ({ reply }: Signature, value: unknown): unknown => {
  if (isField(reply)) return decode(reply, value);
  const { each } = reply as { each?: Fields };
  if (each) return (value as readonly (readonly unknown[])[]).map((one) => decodeAll(each, one));
  return decodeAll(reply as Fields, value as readonly unknown[]);
};

const isField = (reply: Signature['reply']): reply is Field => typeof (reply as Partial<Field>).kind === 'string';

/** Each script writes: one that was sent and not answered may have run, or may run once Redis continues. */
const scriptError = (error: unknown, name: ScriptName, redis: Redis): Error => {
  const refusal = storeError(error, name, redis);
  const unanswered =
    refusal instanceof MillraceError && refusal.code === 'store_unavailable' && (error as Error).name !== 'ReplyError';
  if (!unanswered || !wasSent(error as Error)) return refusal;
  return new MillraceError('store_unavailable', `${refusal.message}; it may have done it, or do it yet`, {
    extra: { effect: 'unknown' },
    cause: error,
  });
};

const wasSent = (error: Error): boolean =>
  !(error instanceof RedisSilentError && !error.sent) && !error.message.startsWith("Stream isn't writeable");

/** An error of Redis or its connection as one of the catalogue; an error of our own code is returned as is. */
export const storeError = (error: unknown, doing: string, redis?: Redis): Error => {
  if (!(error instanceof Error)) return new MillraceError('internal', String(error));
  withoutCommand(error);
  error.message = namingSource(error.message, doing);
  if (
    error instanceof MillraceError ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError
  )
    return error;
  // A transaction is discarded as a whole; the reason is in the errors of its commands.
  const [refused] = (error as Error & { previousErrors?: readonly Error[] }).previousErrors ?? [];
  if (refused) return storeError(refused, doing, redis);
  if (/^OOM\b|: OOM /.test(error.message))
    return new MillraceError('store_full', `Redis is out of memory (${doing})`, { cause: error });
  const illegalMove = /illegal_transition: (.*?)(?: script: |$)/.exec(error.message)?.[1];
  if (illegalMove !== undefined) return new MillraceError('illegal_transition', illegalMove, { cause: error });
  if (error.name === 'ReplyError' && !PASSING_REPLY.test(error.message))
    return new MillraceError('internal', `Redis refused ${doing}: ${error.message}`, { cause: error });
  if (error.name === 'ReplyError')
    return new MillraceError('store_unavailable', `Redis refuses ${doing} for now: ${error.message}`, { cause: error });
  const refusal = redis && refusalOfConnection(redis);
  if (refusal) return storeError(refusal, doing);
  return new MillraceError('store_unavailable', `Redis did not answer (${doing})`, { cause: error });
};

/** Replies of a Redis that is starting, failing over or busy; any other refusal is a fault of ours. */
const PASSING_REPLY =
  /^(LOADING|READONLY|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOREPLICAS|UNKILLABLE|MISCONF|NOAUTH|WRONGPASS)/;

/** Redis is down or refuses for now: the call is retried, and the process logs it once (`storeState`). */
export const isStoreTrouble = (error: Error): boolean => {
  if (error instanceof MillraceError) return error.code === 'store_full' || error.code === 'store_unavailable';
  if (error.name === 'ReplyError') return isStoreTrouble(storeError(error, 'it'));
  return (
    'syscall' in error ||
    error.name === 'MaxRetriesPerRequestError' ||
    /^(Connection is closed|Command timed out|Redis stands still|Stream isn't writeable)/.test(error.message)
  );
};
