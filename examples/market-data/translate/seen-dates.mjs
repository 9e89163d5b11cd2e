/**
 * Remembers which dates a series already has, in a few bytes a month, so that duplicates show in a file of any length.
 */

/** A series costs about 50 bytes a year of dates; this bounds the whole set. */
export const MOST_SERIES = 5_000;

export class SeenDates {
  /** @type {Map<string, { years: Map<number, Uint8Array>, last: string }>} */
  #series = new Map();
  /** Earliest and latest date of all series; null while there is none. @type {string | null} */
  from = null;
  /** @type {string | null} */
  to = null;
  outOfOrder = 0;

  get count() {
    return this.#series.size;
  }

  /**
   * Records the date. False: the series had it already.
   * @param {string} name
   * @param {string} date YYYY-MM-DD
   */
  add(name, date) {
    let series = this.#series.get(name);
    if (!series) {
      if (this.#series.size === MOST_SERIES) throw new Error(`more than ${MOST_SERIES} series in one file`);
      series = { years: new Map(), last: '' };
      this.#series.set(name, series);
    }
    if (!mark(series.years, date)) return false;
    if (date < series.last) this.outOfOrder += 1;
    else series.last = date;
    if (this.from === null || date < this.from) this.from = date;
    if (this.to === null || date > this.to) this.to = date;
    return true;
  }
}

/** @param {Map<number, Uint8Array>} years @param {string} date */
function mark(years, date) {
  const year = Number(date.slice(0, 4));
  const day = (Number(date.slice(5, 7)) - 1) * 31 + Number(date.slice(8, 10)) - 1;
  let bits = years.get(year);
  if (!bits) years.set(year, (bits = new Uint8Array(47)));
  const bit = 1 << (day & 7);
  const byte = bits[day >> 3] ?? 0;
  if (byte & bit) return false;
  bits[day >> 3] = byte | bit;
  return true;
}
