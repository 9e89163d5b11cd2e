import { z } from 'zod';
import { LIMITS } from '../domain/index.ts';

const FULL_TIME = /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** The values of "format" that are checked; any other is an annotation. */
const FORMATS: ReadonlyMap<string, z.ZodType> = new Map<string, z.ZodType>([
  ['email', z.email()],
  ['uri', z.url()],
  ['uri-reference', z.url()],
  ['uuid', z.uuid()],
  ['guid', z.uuid()],
  ['date-time', z.iso.datetime({ offset: true })],
  ['date', z.iso.date()],
  ['time', z.string().regex(FULL_TIME, 'Invalid ISO time')],
  ['duration', z.iso.duration()],
  ['hostname', z.hostname()],
  ['ipv4', z.ipv4()],
  ['ipv6', z.ipv6()],
  ['mac', z.mac()],
  ['cidr', z.cidrv4()],
  ['cidr-v6', z.cidrv6()],
  ['base64', z.base64()],
  ['base64url', z.base64url()],
  ['e164', z.e164()],
  ['credit_card', z.creditCard()],
  ['iban', z.iban()],
  ['jwt', z.jwt()],
  ['emoji', z.emoji()],
  ['nanoid', z.nanoid()],
  ['cuid', z.cuid()],
  ['cuid2', z.cuid2()],
  ['ulid', z.ulid()],
  ['xid', z.xid()],
  ['ksuid', z.ksuid()],
]);
/** Checked in one pass, however long. */
const OF_ANY_LENGTH = new Set(['base64', 'base64url', 'jwt']);

/** Why the text does not match the format, or null. */
export const problemOfFormat = (format: string, text: string): string | null => {
  const schema = FORMATS.get(format);
  if (schema === undefined) return null;
  if (text.length > LIMITS.format_characters && !OF_ANY_LENGTH.has(format))
    return `Invalid ${format}: it has ${text.length} characters; the limit format_characters is ${LIMITS.format_characters}`;
  const checked = schema.safeParse(text);
  if (!checked.success) return checked.error.issues[0]!.message;
  return checked.data === text ? null : `Invalid ${format}: blanks stand around it`;
};

/** For these formats zod emits its own expression with look-around; the format itself is checked instead. */
export const isPatternOfFormat = (format: unknown, pattern: string): boolean =>
  typeof format === 'string' && FORMATS.has(format) && LOOKING_AROUND.has(pattern);

const { regexes } = z.core;
const LOOKING_AROUND: ReadonlySet<string> = new Set(
  [regexes.hostname, regexes.duration, regexes.iban, regexes.emoji()].map(({ source }) => source),
);
