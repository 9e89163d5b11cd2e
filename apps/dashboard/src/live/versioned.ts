/** What components read with `useSyncExternalStore`, by a version that goes up with each change: content that is too large for state. */
export abstract class Versioned {
  readonly #listeners = new Set<() => void>();
  #version = 0;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };
  readonly version = (): number => this.#version;

  protected tell(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
