/** Heating and cooling degree days: the weather as the energy markets trade it. */

export interface WeatherRow {
  readonly location: string;
  readonly date: string;
  /** Degrees Celsius. */
  readonly temp_max: number;
  readonly temp_min: number;
  /** Millimetres. */
  readonly precipitation?: number;
}

export interface MonthOfWeather {
  /** YYYY-MM */
  readonly month: string;
  readonly days: number;
  /** Sums of Fahrenheit degrees over the month's days with a row; a missing day adds nothing. */
  readonly hdd: number;
  readonly cdd: number;
}

export interface WeatherAnalysis {
  readonly key: string;
  readonly location: string;
  readonly file: string;
  readonly rows: number;
  readonly from: string;
  readonly to: string;
  readonly mean_temperature: number;
  /** Null when no row says how much fell. */
  readonly precipitation_mm: number | null;
  readonly months: readonly MonthOfWeather[];
}

const BASE_FAHRENHEIT = 65;

/**
 * Of one day: HDD = max(0, 65 - T), CDD = max(0, T - 65), with T the mean of the day's maximum and minimum in degrees
 * Fahrenheit. CME Rulebook, chapters 403 and 404; US National Weather Service, "Degree days".
 */
export function degreeDays({ temp_max, temp_min }: Pick<WeatherRow, 'temp_max' | 'temp_min'>): {
  hdd: number;
  cdd: number;
} {
  const fahrenheit = ((temp_max + temp_min) / 2) * 1.8 + 32;
  return { hdd: Math.max(0, BASE_FAHRENHEIT - fahrenheit), cdd: Math.max(0, fahrenheit - BASE_FAHRENHEIT) };
}

export function analyzeWeather(
  key: string,
  location: string,
  file: string,
  rows: readonly WeatherRow[],
): WeatherAnalysis {
  const months = new Map<string, { days: number; hdd: number; cdd: number }>();
  let temperature = 0;
  let precipitation: number | null = null;
  for (const row of rows) {
    const { hdd, cdd } = degreeDays(row);
    const month = row.date.slice(0, 7);
    const sum = months.get(month) ?? { days: 0, hdd: 0, cdd: 0 };
    months.set(month, { days: sum.days + 1, hdd: sum.hdd + hdd, cdd: sum.cdd + cdd });
    temperature += (row.temp_max + row.temp_min) / 2;
    if (row.precipitation !== undefined) precipitation = (precipitation ?? 0) + row.precipitation;
  }
  return {
    key,
    location,
    file,
    rows: rows.length,
    from: (rows[0] as WeatherRow).date,
    to: (rows.at(-1) as WeatherRow).date,
    mean_temperature: temperature / rows.length,
    precipitation_mm: precipitation,
    months: [...months].map(([month, sums]) => ({ month, ...sums })),
  };
}
