interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Of `least`, `least` + 1, … */
  readonly words: readonly string[];
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const FIELDS: readonly Field[] = [
  { name: 'second', least: 0, most: 59, words: [] },
  { name: 'minute', least: 0, most: 59, words: [] },
  { name: 'hour', least: 0, most: 23, words: [] },
  { name: 'day of the month', least: 1, most: 31, words: [] },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'weekday', least: 0, most: 6, words: WEEKDAYS },
];

/** The fields of a cron expression of five or six: each text, with the field's name and how many values it has. */
export const cronFields = (
  cron: string,
): readonly { readonly name: string; readonly text: string; readonly size: number }[] =>
  fieldsOf(cron).map(([text, { name, least, most }]) => ({ name, text, size: most - least + 1 }));

const fieldsOf = (cron: string): readonly (readonly [string, Field])[] => {
  const texts = cron.trim().split(/\s+/);
  if (texts.length < 5 || texts.length > 6) return [];
  const fields = FIELDS.slice(-texts.length);
  return texts.map((text, at) => [text, fields[at]!]);
};

/**
 * The expression in a form every cron parser accepts: wrapping ranges (FRI-MON, NOV-FEB, 22-2) become lists, and
 * duplicate values are removed (0,7 is one Sunday). Everything else, even invalid cron, stays unchanged.
 */
export const plainCron = (cron: string): string => {
  const fields = fieldsOf(cron);
  return fields.length === 0 ? cron : fields.map(([text, field]) => plainField(text, field)).join(' ');
};

const plainField = (text: string, field: Field): string => {
  const items = text.split(',');
  if (items.some((item) => /^[*?](?:\/1)?$/.test(item))) return '*';
  const ranges = items.map((item) => rangeOf(item, field));
  if (ranges.some((range) => range === null)) return text;
  const all = (ranges as Range[]).flatMap((range) => valuesOf(range, field));
  const once = [...new Set(all)];
  return once.length === all.length && !(ranges as Range[]).some(({ goesRound }) => goesRound) ? text : once.join(',');
};

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly goesRound: boolean;
}

const valuesOf = ({ from, to, step }: Range, { least, most }: Field): readonly number[] => {
  const size = most - least + 1;
  const length = from > to ? to - from + size : to - from;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, at) => ((from + at * step - least) % size) + least);
};

/** Null: not a number, name or range, such as L or 1#2. */
const rangeOf = (item: string, field: Field): Range | null => {
  const [, start, end, stepText] =
    /^([A-Za-z]{3}|\d{1,2}|\*)(?:-([A-Za-z]{3}|\d{1,2}))?(?:\/(\d{1,3}))?$/.exec(item) ?? [];
  if (start === undefined || (start === '*' && end !== undefined)) return null;
  const isWeekday = field.words === WEEKDAYS;
  const step = Number(stepText ?? 1);
  const from = start === '*' ? field.least : numberOf(start, field);
  const open = isWeekday ? SUNDAY_AGAIN : field.most;
  const to = end !== undefined ? numberOf(end, field) : start === '*' || stepText !== undefined ? open : from;
  if (from === null || to === null || step < 1) return null;
  const goesRound = from > to || (isWeekday && from === SUNDAY_AGAIN && end === undefined && stepText !== undefined);
  if (from > to && from === SUNDAY_AGAIN && isWeekday) return { from: 0, to, step, goesRound };
  return { from, to, step, goesRound };
};
/** As a weekday, 7 is 0. */
const SUNDAY_AGAIN = 7;

const numberOf = (text: string, field: Field): number | null => {
  const word = field.words.indexOf(text.toUpperCase());
  if (word !== -1) return word + field.least;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return number >= field.least && number <= (field.words === WEEKDAYS ? SUNDAY_AGAIN : field.most) ? number : null;
};
