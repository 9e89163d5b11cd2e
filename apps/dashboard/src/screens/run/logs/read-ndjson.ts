/** Reads a stream of JSON lines in batches, yielding to the page every few milliseconds. */
export const readNdjson = async <T>(
  body: ReadableStream<Uint8Array>,
  take: (items: readonly T[]) => void,
): Promise<void> => {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  let items: T[] = [];
  let since = performance.now();
  const hand = (): void => {
    if (items.length > 0) take(items);
    items = [];
  };
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    rest += decoder.decode(value, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', start)) {
      if (end > start) items.push(JSON.parse(rest.slice(start, end)) as T);
      start = end + 1;
      if (items.length % LOOK === 0 && performance.now() - since > WORK_MS) {
        hand();
        await turn();
        since = performance.now();
      }
    }
    rest = rest.slice(start);
  }
  if (rest !== '') items.push(JSON.parse(rest) as T);
  hand();
};

/** Work between yields, ms; lines between checks of the clock. */
const WORK_MS = 8;
const LOOK = 100;

/** Resolves after the page had its turn. */
const turn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve));
