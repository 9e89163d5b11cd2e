/** Calls share an answer for this long; a failure is not kept. */
export const keptFor = <T>(ms: number, read: () => Promise<T>): (() => Promise<T>) => {
  let shared: Promise<T> | null = null;
  let readAt = 0;
  return () => {
    if (shared !== null && performance.now() - readAt < ms) return shared;
    readAt = performance.now();
    const reading = read();
    reading.catch(() => {
      if (shared === reading) shared = null;
    });
    return (shared = reading);
  };
};
