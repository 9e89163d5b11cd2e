/** Who goes on at once, between two looks of the process at everything else: at each it takes one new connection, so that they must not be far apart. */
const AT_ONCE = 4;

/**
 * Lets those who have something to do go on a few at a time: a thousand who wake at once do not keep requests waiting. A promise is one's turn;
 * what is done in it must be short.
 */
export const turns = (): (() => Promise<void>) => {
  let line: (() => void)[] = [];
  const letGo = (): void => {
    const [now, later] = [line.slice(0, AT_ONCE), line.slice(AT_ONCE)];
    line = later;
    for (const go of now) go();
    if (line.length > 0) setImmediate(letGo);
  };
  return () =>
    new Promise((resolve) => {
      line.push(resolve);
      if (line.length === 1) setImmediate(letGo);
    });
};
