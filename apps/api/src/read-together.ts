/** Coalesces concurrent readings: each caller gets one that started after its call, and Redis handles one at a time. */
export const readTogether = <S extends object, T>(read: (store: S) => Promise<T>): ((store: S) => Promise<T>) => {
  const readings = new WeakMap<S, () => Promise<T>>();
  return (store) => {
    const known = readings.get(store) ?? oneAtATime(() => read(store));
    readings.set(store, known);
    return known();
  };
};

const oneAtATime = <T>(read: () => Promise<T>): (() => Promise<T>) => {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | null = null;
  return () => {
    next ??= running.then(() => {
      next = null;
      const reading = read();
      running = reading.catch(() => {});
      return reading;
    });
    return next;
  };
};
