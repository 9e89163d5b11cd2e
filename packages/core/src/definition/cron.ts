import { CronExpressionParser } from 'cron-parser';
import { cronFields, didYouMean, plainCron } from '../domain/index.ts';

/** What is wrong with a five- or six-field cron expression (six: seconds first), or null. */
export const problemOfCron = (cron: string): string | null => {
  const fields = cron.trim().split(/\s+/);
  if (cron.trim().startsWith('@'))
    return `${JSON.stringify(cron)} is a nickname: write the five fields, e.g. "0 0 * * *"`;
  if (fields.length !== 5 && fields.length !== 6)
    return `${JSON.stringify(cron)} must have five fields (minute hour day month weekday), or six with seconds first`;
  if (/(^|[\s,])H/i.test(cron))
    return `${JSON.stringify(cron)} uses "H" (a hashed time), which is not supported: write the time itself`;
  const plain = plainCron(cron);
  try {
    CronExpressionParser.parse(plain, { tz: 'UTC' }).next();
    return problemOfSteps(cron);
  } catch (error) {
    return `${JSON.stringify(cron)} is not a cron expression: ${wrongField(plain)}${inWords((error as Error).message)}`;
  }
};

const inWords = (message: string): string =>
  message.includes('explicit day of month') ? 'it is never due, because none of its months has that day' : message;

/** Each field restarts with the next hour or day, so a step of 90 minutes would act as 60. */
const problemOfSteps = (cron: string): string | null => {
  const wrong = cronFields(cron).find(({ text, size }) =>
    text.split(',').some((item) => Number(item.split('/')[1] ?? 0) > size),
  );
  return wrong
    ? `${JSON.stringify(cron)}: in the ${wrong.name}: a step must not be longer than ${wrong.size}; for an interval write "every"`
    : null;
};

/** "in the hour: ", when exactly one field is wrong. */
const wrongField = (cron: string): string => {
  const fields = cronFields(cron);
  const wrong = fields.filter(
    (_, at) => !isRight(fields.map(({ text }, other) => (other === at ? text : '*')).join(' ')),
  );
  return wrong.length === 1 ? `in the ${wrong[0]!.name}: ` : '';
};

const isRight = (cron: string): boolean => {
  try {
    CronExpressionParser.parse(cron, { tz: 'UTC' });
    return true;
  } catch {
    return false;
  }
};

/** Shorter intervals would be all overhead; longer ones exceed any calendar. Both ms. */
const SHORTEST_INTERVAL = 1_000;
const LONGEST_INTERVAL = 10 * 366 * 86_400_000;

/** What is wrong with an interval (ms), or null. */
export const problemOfInterval = (everyMs: number): string | null => {
  if (everyMs < SHORTEST_INTERVAL) return 'must be "1s" or longer';
  return everyMs <= LONGEST_INTERVAL ? null : 'must be ten years or shorter';
};

/** What is wrong with an IANA time zone name, or null. */
export const problemOfTimezone = (timezone: string): string | null => {
  if (isZone(timezone)) return null;
  const meant = ABBREVIATIONS[timezone.toUpperCase()];
  const hint =
    meant === undefined ? didYouMean(timezone, Intl.supportedValuesOf('timeZone')) : ` (did you mean "${meant}"?)`;
  return `${JSON.stringify(timezone)} is not an IANA time zone such as "UTC" or "Europe/Paris"${hint}`;
};

/**
 * ICU also accepts its own abbreviations, which surprise people: BST is Dhaka, AST is Anchorage. Names in the tz
 * database contain a slash, except for the few old ones listed here.
 */
const isZone = (timezone: string): boolean => {
  if (!/^[A-Za-z]/.test(timezone) || (!timezone.includes('/') && !UNDIVIDED.has(timezone.toUpperCase()))) return false;
  if (/^SystemV\//i.test(timezone)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return true;
  } catch {
    return false;
  }
};
const UNDIVIDED = new Set(
  `UTC GMT GMT0 UCT ZULU UNIVERSAL GREENWICH CUBA EGYPT EIRE HONGKONG ICELAND IRAN ISRAEL JAMAICA JAPAN KWAJALEIN LIBYA
  NAVAJO POLAND PORTUGAL PRC ROC ROK SINGAPORE TURKEY GB GB-EIRE NZ NZ-CHAT W-SU`.split(/\s+/),
);
const ABBREVIATIONS: Readonly<Record<string, string>> = {
  BST: 'Europe/London',
  WET: 'Europe/Lisbon',
  CET: 'Europe/Paris',
  CEST: 'Europe/Paris',
  MET: 'Europe/Paris',
  EET: 'Europe/Athens',
  MSK: 'Europe/Moscow',
  EST: 'America/New_York',
  EDT: 'America/New_York',
  EST5EDT: 'America/New_York',
  CST: 'America/Chicago',
  CDT: 'America/Chicago',
  CST6CDT: 'America/Chicago',
  MST: 'America/Denver',
  MDT: 'America/Denver',
  MST7MDT: 'America/Denver',
  PST: 'America/Los_Angeles',
  PDT: 'America/Los_Angeles',
  PST8PDT: 'America/Los_Angeles',
  AST: 'America/Halifax',
  NST: 'America/St_Johns',
  ART: 'America/Argentina/Buenos_Aires',
  HST: 'Pacific/Honolulu',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
};
