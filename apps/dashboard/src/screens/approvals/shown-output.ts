/** How an output is shown and compared. Pure. */
import { isGiven } from '../../parts/form/form-state.ts';

/** A list of flat objects, as the rows of a table. */
export interface OutputTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const COLUMNS = 20;

/** Null: not a list of flat objects, or too wide for a table. */
export const tableOf = (output: unknown): OutputTable | null => {
  if (!Array.isArray(output) || output.length === 0 || !output.every(isFlat)) return null;
  const columns = [...new Set(output.flatMap((row) => Object.keys(row)))];
  if (columns.length === 0 || columns.length > COLUMNS) return null;
  return { columns, rows: output.map((row) => columns.map((column) => cellOf(row[column]))) };
};

/** The text by which an output is copied and compared: a text itself, else JSON with a member a line. */
export const textOfOutput = (output: unknown): string =>
  typeof output === 'string' ? output : (JSON.stringify(output, null, 2) ?? '');

const isFlat = (row: unknown): row is Readonly<Record<string, unknown>> =>
  isGiven(row) && Object.values(row).every((value) => typeof value !== 'object' || value === null);

const cellOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);
