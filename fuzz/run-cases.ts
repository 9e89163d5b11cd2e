/** Runs cases side by side, and remembers which were under way when. */
export interface UnderWay {
  /** Cases that ran at that instant, ms since 1970, or ended shortly before it. */
  readonly at: (from: number, to: number) => readonly string[];
  readonly begin: (name: string) => () => void;
}

/** Cases that are remembered: of the last seconds. */
const REMEMBERED = 5_000;

export const rememberCases = (): UnderWay => {
  const cases: { readonly name: string; readonly from: number; to: number }[] = [];
  return {
    at: (from, to) => cases.filter((one) => one.from <= to && one.to >= from).map(({ name }) => name),
    begin: (name) => {
      const one = { name, from: Date.now(), to: Number.POSITIVE_INFINITY };
      cases.push(one);
      if (cases.length > REMEMBERED) cases.splice(0, REMEMBERED / 2);
      return () => (one.to = Date.now());
    },
  };
};

/** `lanes` at a time, in the order of their numbers; ends early once `stop` answers true. */
export const runCases = async (
  count: number,
  lanes: number,
  act: (index: number) => Promise<void>,
  stop: () => boolean = () => false,
): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count && !stop()) await act(next++);
  };
  await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
};
