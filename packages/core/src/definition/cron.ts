import { CronExpressionParser } from 'cron-parser';
import { didYouMean } from '../domain/index.ts';

/** What is wrong with a five- or six-field cron expression (six: seconds first), or null. */
export const problemOfCron = (cron: string): string | null => {
  const fields = cron.trim().split(/\s+/);
  if (cron.trim().startsWith('@')) return `${JSON.stringify(cron)} is a nickname: write the five fields, e.g. "0 0 * * *"`;
  if (fields.length !== 5 && fields.length !== 6)
    return `${JSON.stringify(cron)} must have five fields (minute hour day month weekday), or six with seconds first`;
  if (/(^|[\s,])H/i.test(cron)) return `${JSON.stringify(cron)} uses "H" (a hashed time), which is not supported: write the time itself`;
  try {
    CronExpressionParser.parse(cron, { tz: 'UTC' }).next();
    return null;
  } catch (error) {
    return `${JSON.stringify(cron)} is not a cron expression: ${wrongField(fields)}${(error as Error).message}`;
  }
};

/** "in the hour: ", when one field alone is wrong. */
const wrongField = (fields: readonly string[]): string => {
  const names = fields.length === 6 ? ['second', ...FIELD_NAMES] : FIELD_NAMES;
  const wrong = names.filter((_, at) => !isRight(fields.map((field, other) => (other === at ? field : '*')).join(' ')));
  return wrong.length === 1 ? `in the ${wrong[0]}: ` : '';
};
const FIELD_NAMES = ['minute', 'hour', 'day of the month', 'month', 'weekday'];

const isRight = (cron: string): boolean => {
  try {
    CronExpressionParser.parse(cron, { tz: 'UTC' });
    return true;
  } catch {
    return false;
  }
};

/** Below it the ticks themselves would be the load; beyond it no calendar goes. Both ms. */
const SHORTEST_INTERVAL = 1_000;
const LONGEST_INTERVAL = 10 * 366 * 86_400_000;

/** What is wrong with an interval (ms), or null. */
export const problemOfInterval = (everyMs: number): string | null => {
  if (everyMs < SHORTEST_INTERVAL) return 'must be "1s" or longer';
  return everyMs <= LONGEST_INTERVAL ? null : 'must be ten years or shorter';
};

/** What is wrong with an IANA time zone name, or null. */
export const problemOfTimezone = (timezone: string): string | null => {
  try {
    if (!/^[A-Za-z]/.test(timezone)) throw new RangeError('an offset is not a zone');
    new Intl.DateTimeFormat('en', { timeZone: timezone });
    return null;
  } catch {
    return `${JSON.stringify(timezone)} is not an IANA time zone such as "UTC" or "Europe/Paris"${didYouMean(timezone, Intl.supportedValuesOf('timeZone'))}`;
  }
};
