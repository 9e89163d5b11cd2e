/** Runs so many works at a time; the others wait in line for their turn. */
export const atMost = (places: number): (<T>(work: () => Promise<T>) => Promise<T>) => {
  const line: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken >= places) await new Promise<void>((resolve) => line.push(resolve));
    else taken += 1;
    try {
      return await work();
    } finally {
      // The place is handed on.
      const next = line.shift();
      if (next) next();
      else taken -= 1;
    }
  };
};
