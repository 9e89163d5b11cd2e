/** Runs at most so many tasks at a time; the others wait in order. */
export const atMost = (places: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const line: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken >= places) await new Promise<void>((resolve) => line.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      // Hands the place to the next.
      const next = line.shift();
      if (next) next();
      else taken -= 1;
    }
  };
};
