/** Waits for `work`, but not longer than `ms`; late work goes on by itself. Throws what `work` throws in time. */
export const within = async (work: Promise<unknown>, ms: number): Promise<'done' | 'late'> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([work.then(() => 'done' as const), late]);
  } finally {
    clearTimeout(timer);
  }
};
