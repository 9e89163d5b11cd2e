/** How an instant is written, for messages. */
export const INSTANT_RULE = 'an instant that the calendar has, such as 2026-01-05T12:00:00Z (ISO-8601; without an offset it is UTC), or ms since the epoch';

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/i;

/**
 * A date, or a date and time, of ISO-8601, or a whole number of ms; in ms since the epoch. Null for all else: Date.parse takes the 31st of
 * February for the 3rd of March, and a time without an offset for that of the machine.
 */
export const parseInstant = (text: string): number | null => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const [whole, year = '', month = '', day = '', hour = '0', minute = '0', second = '0', fraction = '', offset = 'Z'] = ISO.exec(text) ?? [];
  if (whole === undefined) return null;
  const wall = new Date(Date.UTC(2000, Number(month) - 1, 1, Number(hour), Number(minute), Number(second)));
  wall.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isReal =
    wall.getUTCMonth() === Number(month) - 1 && wall.getUTCDate() === Number(day) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const shift = offsetOf(offset);
  return isReal && shift !== null ? wall.getTime() + Number(`0.${fraction || 0}`) * 1_000 - shift : null;
};

/** ms, east positive; no zone is more than 18 hours from UTC. */
const offsetOf = (text: string): number | null => {
  if (/^z$/i.test(text)) return 0;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  return hours > 18 || minutes > 59 ? null : (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
};
