/** Turns the text of one CSV field into a date or a number; null means that the text is neither. */

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const TIME = '(?:[T ]\\d{1,2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?(?:Z|[+-]\\d{2}:?\\d{2})?)?';
const YEAR_FIRST = new RegExp(`^(\\d{4})([-/])(\\d{1,2})\\2(\\d{1,2})${TIME}$`);
const COMPACT = /^(\d{4})(\d{2})(\d{2})$/;
const MONTH_NAME = /^([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})$/;

/**
 * ISO date (YYYY-MM-DD) of "2000-01-03", "2000/1/3", "20000103" or "Jan 3 2000", years 1800 to 2199.
 * A time of day is dropped: the date is taken as written, in no time zone.
 * "1/3/2000" is refused: it is January in one half of the world and March in the other.
 * @param {string} text
 * @returns {string | null}
 */
export function parseDate(text) {
  const numeric = YEAR_FIRST.exec(text);
  if (numeric) return isoDate(Number(numeric[1]), Number(numeric[3]), Number(numeric[4]));
  const named = MONTH_NAME.exec(text);
  if (named)
    return isoDate(Number(named[3]), MONTHS.indexOf(String(named[1]).slice(0, 3).toLowerCase()) + 1, Number(named[2]));
  const compact = COMPACT.exec(text);
  return compact ? isoDate(Number(compact[1]), Number(compact[2]), Number(compact[3])) : null;
}

const PLAIN_NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const THOUSANDS = /^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$/;

/**
 * A finite number, or null. "1,394.46" is read with its thousands separators; hex, "Infinity" and "12abc" are not
 * numbers.
 * @param {string} text
 * @returns {number | null}
 */
export function parseNumber(text) {
  const plain = THOUSANDS.test(text) ? text.replaceAll(',', '') : text;
  if (!PLAIN_NUMBER.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

const MISSING = new Set(['', 'na', 'n/a', 'nan', 'null', 'none', '-', '.']);

/**
 * Whether the field says "no value", in one of the spellings that data vendors use.
 * @param {string} text
 */
export const isMissing = (text) => MISSING.has(text.toLowerCase());

/** @param {number} year @param {number} month @param {number} day */
function isoDate(year, month, day) {
  if (year < 1800 || year > 2199 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  return `${year}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`;
}

/** @param {number} year @param {number} month */
function daysIn(year, month) {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
