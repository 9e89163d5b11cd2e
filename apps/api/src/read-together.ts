/**
 * A reading that is made once for all who ask for it while another one is on its way: each gets one that began after he had asked, and Redis is asked
 * for one at a time, however many ask.
 */
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
