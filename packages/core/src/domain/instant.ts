/** Format of an instant, for messages. */
export const INSTANT_RULE =
  'an instant that the calendar has, such as 2026-01-05T12:00:00Z (ISO-8601; without an offset it is UTC), or ms since the epoch';

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * Parses an ISO 8601 date or date and time, or an integer of ms, into ms since the epoch. Null for anything else.
 * Unlike Date.parse, it does not take 31 February for 3 March, nor a time without an offset for local time.
 */
export const parseInstant = (text: string): number | null => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [whole, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] =
    ISO.exec(text) ?? [];
  if (whole === undefined) return null;
  const wall = new Date(Date.UTC(2000, Number(month) - 1, 1, Number(hour), Number(minute), Number(second)));
  wall.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isReal =
    wall.getUTCMonth() === Number(month) - 1 &&
    wall.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60;
  const shift = offsetOf(offset);
  return isReal && shift !== null ? wall.getTime() + Number(`0.${fraction || 0}`) * 1_000 - shift : null;
};

/** ms, positive east; no zone is more than 18 hours from UTC. */
const offsetOf = (text: string): number | null => {
  if (/^z$/i.test(text)) return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  return hours > 18 || minutes > 59 ? null : (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};
