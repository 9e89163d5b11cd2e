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
    return `${JSON.stringify(cron)} is not a cron expression: ${(error as Error).message}`;
  }
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
