import { andMore, type ErrorDetail, LISTED_ERRORS, MillraceError } from '../domain/index.ts';
import { nearestName } from '../domain/index.ts';
import type { DefinitionSource, Path } from './source.ts';

/** Number of names that get a suggestion in one answer: each is compared with every candidate. */
const SUGGESTED = 20;

/** Collects all problems of a definition, so that its author sees them at once. */
export class Problems {
  readonly #source: DefinitionSource;
  readonly #found: ErrorDetail[] = [];
  #count = 0;
  #suggestions = 0;

  constructor(source: DefinitionSource) {
    this.#source = source;
  }

  get count(): number {
    return this.#count;
  }

  add(path: Path, message: string): void {
    this.#count += 1;
    if (this.#found.length < LISTED_ERRORS) this.#found.push({ path: this.#source.locate(path), message });
  }

  /** Like `add`, with the nearest valid name as a suggestion. */
  addUnknown(path: Path, message: string, name: string, candidates: Iterable<string>): void {
    this.#suggestions += 1;
    const nearest = this.#suggestions > SUGGESTED ? null : nearestName(name, candidates);
    this.add(path, nearest === null ? message : `${message} (did you mean "${nearest}"?)`);
  }

  /** @throws MillraceError `invalid_definition` listing every problem */
  throwIfAny(subject: string): void {
    const [first] = this.#found;
    if (!first) return;
    throw new MillraceError(
      'invalid_definition',
      `${first.path.startsWith(subject) ? '' : `${subject}: `}${first.path}: ${first.message}${andMore(this.#count)}`,
      {
        errors: this.#found,
        errorCount: this.#count,
      },
    );
  }
}
