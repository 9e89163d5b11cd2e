/** The headers that the translator knows, and how a record under each becomes a normalised row. */
import { isMissing, parseDate, parseNumber } from './fields.mjs';

/**
 * @typedef {{ column: string, value: string, reason: string }} Fault
 * @typedef {{ symbol: string, date: string, open?: number, high?: number, low?: number, close: number, volume?:
 *   number }} PriceRow
 * @typedef {{ location: string, date: string, temp_max: number, temp_min: number, precipitation?: number, wind?:
 *   number, weather?: string }} WeatherRow
 * @typedef {{ row: PriceRow | WeatherRow, series: string } | { fault: Fault }} Outcome
 * @typedef {{ name: 'prices' | 'weather', names: string, required: string[], optional: string[], normalise: (read:
 *   Reader) => Outcome }} Layout
 */

/** @type {Layout[]} */
const LAYOUTS = [
  {
    name: 'prices',
    names: 'symbol',
    required: ['date', 'close'],
    optional: ['open', 'high', 'low', 'volume'],
    normalise: normalisePrice,
  },
  {
    name: 'weather',
    names: 'location',
    required: ['date', 'temp_max', 'temp_min'],
    optional: ['precipitation', 'wind', 'weather'],
    normalise: normaliseWeather,
  },
];
/** @type {Record<string, string>} */
const ALIASES = { price: 'close', last: 'close', ticker: 'symbol', day: 'date', timestamp: 'date' };

/**
 * Matches a header with a layout. `ignored` are the columns that no layout names; they are reported, never guessed at.
 * @param {string[]} header
 * @param {string} stem the file's name without ".csv": what a series is called when no column names it
 */
export function matchLayout(header, stem) {
  const columns = header.map((name) => name.trim().toLowerCase()).map((name) => ALIASES[name] ?? name);
  const layout = LAYOUTS.find(({ required }) => required.every((name) => columns.includes(name)));
  if (!layout)
    throw new Error(
      `unknown header [${header.join(', ').slice(0, 200)}]${hint(header)}; known layouts: ${LAYOUTS.map(describe).join(' or ')}`,
    );
  const used = [layout.names, ...layout.required, ...layout.optional];
  const twice = used.find((name) => columns.indexOf(name) !== columns.lastIndexOf(name));
  if (twice) throw new Error(`header [${header.join(', ').slice(0, 200)}] has two columns for "${twice}"`);
  const places = new Map(used.filter((name) => columns.includes(name)).map((name) => [name, columns.indexOf(name)]));
  return {
    layout: layout.name,
    ignored: header.filter((_, index) => !used.includes(columns[index] ?? '')),
    /** @param {string[]} fields @returns {Outcome} */
    normalise(fields) {
      if (fields.length !== header.length)
        return {
          fault: {
            column: '',
            value: fields.join(','),
            reason: `has ${fields.length} fields, the header has ${header.length}`,
          },
        };
      return layout.normalise(new Reader(fields, places, header, layout.names, stem));
    },
  };
}

/** @param {Layout} layout */
const describe = ({ name, names, required, optional }) =>
  `${name} (${required.join(', ')}; optional: ${[names, ...optional].join(', ')})`;

/** @param {string[]} header */
const hint = (header) =>
  header.length === 1 && /[;\t|]/.test(header[0] ?? '') ? ' (only commas separate fields)' : '';

/** Reads the fields of one record by column name and keeps the first fault. */
class Reader {
  /** @type {Fault | null} */
  fault = null;
  /**
   * @param {string[]} fields @param {Map<string, number>} places @param {string[]} header @param {string} names @param
   * {string} stem
   */
  constructor(fields, places, header, names, stem) {
    this.fields = fields;
    this.places = places;
    this.header = header;
    this.names = names;
    this.stem = stem;
  }
  /** @param {string} name */
  text(name) {
    const place = this.places.get(name);
    return place === undefined ? '' : (this.fields[place] ?? '').trim();
  }
  /** @param {string} name @param {string} reason */
  refuse(name, reason) {
    this.fault ??= { column: this.header[this.places.get(name) ?? -1] ?? name, value: this.text(name), reason };
  }
  series() {
    if (!this.places.has(this.names)) return this.stem;
    const text = this.text(this.names);
    if (isMissing(text)) this.refuse(this.names, 'is missing');
    else if (text.length > 64) this.refuse(this.names, 'is longer than 64 characters');
    else if (text.includes('\ufffd')) this.refuse(this.names, 'is not UTF-8');
    return text.replace(/\s+/g, ' ');
  }
  date() {
    const date = parseDate(this.text('date'));
    if (date === null) this.refuse('date', isMissing(this.text('date')) ? 'is missing' : 'is not a date');
    return date ?? '';
  }
  /**
   * A number between the limits; undefined when missing or refused. @param {string} name @param {number} least @param
   * {number} most
   */
  number(name, least, most) {
    const text = this.text(name);
    if (isMissing(text)) return undefined;
    const value = parseNumber(text);
    if (value === null) this.refuse(name, 'is not a number');
    else if (value < least || value > most) this.refuse(name, `is outside ${least} .. ${most}`);
    return value ?? undefined;
  }
  /** As `number`, and refused when missing. @param {string} name @param {number} least @param {number} most */
  needed(name, least, most) {
    const value = this.number(name, least, most);
    if (value === undefined) this.refuse(name, 'is missing');
    return value ?? 0;
  }
}

/** A price is positive: no return or logarithm exists otherwise. */
const LEAST_PRICE = 1e-9;
const MOST_PRICE = 1e12;

/** @param {Reader} read @returns {Outcome} */
function normalisePrice(read) {
  const symbol = read.series();
  const date = read.date();
  const close = read.needed('close', LEAST_PRICE, MOST_PRICE);
  const open = read.number('open', LEAST_PRICE, MOST_PRICE);
  const high = read.number('high', LEAST_PRICE, MOST_PRICE);
  const low = read.number('low', LEAST_PRICE, MOST_PRICE);
  const volume = read.number('volume', 0, 1e18);
  if (high !== undefined && low !== undefined && high < low) read.refuse('high', `is below the low (${low})`);
  if (read.fault) return { fault: read.fault };
  return {
    series: symbol,
    row: {
      symbol,
      date,
      ...(open !== undefined && { open }),
      ...(high !== undefined && { high }),
      ...(low !== undefined && { low }),
      close,
      ...(volume !== undefined && { volume }),
    },
  };
}

/** @param {Reader} read @returns {Outcome} */
function normaliseWeather(read) {
  const location = read.series();
  const date = read.date();
  // Degrees Celsius, mm and m/s, a little beyond what has been measured on Earth.
  const highest = read.needed('temp_max', -95, 65);
  const lowest = read.needed('temp_min', -95, 65);
  const precipitation = read.number('precipitation', 0, 2_500);
  const wind = read.number('wind', 0, 120);
  const weather = read.text('weather').replace(/\s+/g, ' ').slice(0, 64);
  if (highest < lowest) read.refuse('temp_max', `is below the minimum (${lowest})`);
  if (read.fault) return { fault: read.fault };
  return {
    series: location,
    row: {
      location,
      date,
      temp_max: highest,
      temp_min: lowest,
      ...(precipitation !== undefined && { precipitation }),
      ...(wind !== undefined && { wind }),
      ...(weather && { weather }),
    },
  };
}
