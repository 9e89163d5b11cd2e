/** How many continue per turn of the event loop. Each turn accepts one new connection, so turns must be short. */
const AT_ONCE = 4;

/**
 * Lets a few tasks continue at a time, so that a thousand that wake together do not delay requests. The promise
 * resolves on the caller's turn; the work done in it must be short.
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
