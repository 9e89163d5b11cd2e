/** A path inside a definition: keys and indexes from the root. */
export type Path = readonly (string | number)[];

/** A definition as written, not yet validated; both forms reach the compiler as one of these. */
export interface DefinitionSource {
  /** The source file, as shown to users; null: built in code. */
  readonly file: string | null;
  /** Spelling of its fields: `dependsOn` or `depends_on`. */
  readonly spelling: 'camel' | 'snake';
  readonly value: unknown;
  /** `name -> options`, in file order; unlike object keys, names may repeat. */
  readonly stages: readonly (readonly [name: string, options: unknown])[];
  /** Size as written, bytes of UTF-8. */
  readonly bytes: number;
  /** `file:line:col`, or a dotted path where there are no lines. */
  locate(path: Path): string;
}

/** The field's name in this source's spelling. */
export const spell = (source: DefinitionSource, field: string): string =>
  source.spelling === 'camel' ? field : snakeOf(field);

const snake = new Map<string, string>();
const snakeOf = (field: string): string => {
  const known = snake.get(field);
  if (known !== undefined) return known;
  const made = field.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
  snake.set(field, made);
  return made;
};

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
