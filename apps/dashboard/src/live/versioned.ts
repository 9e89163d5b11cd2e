/** A store for `useSyncExternalStore` that bumps a version on each change: for content too large for state. */
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
