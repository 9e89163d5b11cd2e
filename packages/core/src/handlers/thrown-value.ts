/** Reads a thrown value safely: a getter, a proxy or a cycle must not fail the attempt a second time. */
const DEPTH = 5;
const MANY = 20;

/** The function's result; undefined when it throws. */
export const read = <T>(get: () => T): T | undefined => {
  try {
    return get();
  } catch {
    return undefined;
  }
};

export const property = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? read(() => (value as Readonly<Record<string, unknown>>)[name])
    : undefined;

/** An error's causes: its cause, the errors of an AggregateError, and theirs; nearest first, each once, at most 20. */
export const causesOf = (thrown: unknown): readonly unknown[] => {
  const found = new Set<unknown>();
  const visit = (error: unknown, depth: number): void => {
    const errors = property(error, 'errors');
    const behind = [
      property(error, 'cause'),
      ...(read(() => (Array.isArray(errors) ? errors.slice(0, MANY) : [])) ?? []),
    ];
    for (const one of behind) {
      if (one === undefined || one === null || one === thrown || found.has(one) || found.size >= MANY) continue;
      found.add(one);
      if (depth < DEPTH) visit(one, depth + 1);
    }
  };
  visit(thrown, 1);
  return [...found];
};
