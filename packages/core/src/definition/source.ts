/** Where a definition stands in its file or object: keys and positions from the root. */
export type Path = readonly (string | number)[];

/** A definition as its author wrote it, before anything is believed: both forms come to the compiler as one of these. */
export interface DefinitionSource {
  /** The file it was read from, as it is shown to people; null: built in code. */
  readonly file: string | null;
  /** How its fields are spelled: `dependsOn` or `depends_on`. */
  readonly spelling: 'camel' | 'snake';
  readonly value: unknown;
  /** `name -> options`, in the order of the file; unlike the keys of an object it may hold a name twice. */
  readonly stages: readonly (readonly [name: string, options: unknown])[];
  /** Bytes of UTF-8 that the author wrote. */
  readonly bytes: number;
  /** `file:line:col`, or a dotted path where there are no lines. */
  locate(path: Path): string;
}

/** The field's name as this source spells it. */
export const spell = (source: DefinitionSource, field: string): string => (source.spelling === 'camel' ? field : snakeOf(field));

const snake = new Map<string, string>();
const snakeOf = (field: string): string => {
  const known = snake.get(field);
  if (known !== undefined) return known;
  const made = field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  snake.set(field, made);
  return made;
};

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null && !Array.isArray(value);
