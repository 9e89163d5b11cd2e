/** What a case showed that must not be. */
export interface Finding {
  /** In a few words, the same for each case that shows it. */
  readonly what: string;
  /** `requests:1234`: what `--only` takes; null when it is of the whole run. */
  readonly case: string | null;
  /** What was sent and what came, for people. */
  readonly detail: string;
  /** Depends on how busy the machine is. */
  readonly timed: boolean;
  /** Cases that showed it. */
  readonly count: number;
  /** Some of the others. */
  readonly others: readonly string[];
}

/** Findings by what they are: a fault that a thousand cases show is one. */
export const collectFindings = () => {
  const found = new Map<string, Finding>();
  return {
    add: (what: string, where: string | null, detail: string, timed = false): void => {
      const before = found.get(what);
      const others = before === undefined || where === null || before.others.length >= OTHERS ? [] : [where];
      found.set(
        what,
        before
          ? { ...before, count: before.count + 1, others: [...before.others, ...others] }
          : { what, case: where, detail: shown(detail), timed, count: 1, others: [] },
      );
    },
    list: (): readonly Finding[] => [...found.values()],
  };
};
export type Findings = ReturnType<typeof collectFindings>;

const DETAIL = 1_500;
const OTHERS = 9;

/** Without what a terminal would obey. */
const shown = (text: string): string =>
  text
    .replaceAll(
      /[\0-\x08\x0b-\x1f\x7f-\x9f]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    )
    .slice(0, DETAIL);
