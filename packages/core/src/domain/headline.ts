import type { StageError } from './run.ts';

const LONGEST = 300;
const TRACEBACK = /Traceback \(most recent call last\):\s*$/;
/** `ValueError: x`, `java.io.IOException: x`, `Caused by: …`, `fatal: x`, `panic: x`. */
const NAMED =
  /^(?:Caused by: |Uncaught )?(?:[A-Za-z_$][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception)\b(?: \[\w+\])?(?::|$)|^(?:fatal|panic|error)\b(?: ?\[\w+\])?:/i;
/** Lines that runtimes and tools add below an error. */
const FOOTER =
  /^(?:Node\.js v\d|note: run with `RUST_BACKTRACE|goroutine \d|exit status \d+$|npm (?:ERR!|error) (?:A complete log|\s|$)|[}\])^~-]+[,;]?$)/;

/**
 * A one-line summary of an error. A command's message ends with its output, whose end names the
 * failure: for a traceback the exception, otherwise the last line that names an error or is not an indented detail.
 */
export const headlineOf = ({ code, message }: Pick<StageError, 'code' | 'message'>): string => {
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  const told =
    lines.length <= 1
      ? lines[0]
      : (exceptionOf(lines) ?? lines.findLast((line) => NAMED.test(line)) ?? lines.findLast(isTelling) ?? lines[0]);
  const line = (told ?? code).trim();
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line;
};

const isTelling = (line: string): boolean => !/^\s/.test(line) && !FOOTER.test(line);

const exceptionOf = (lines: readonly string[]): string | undefined => {
  const traceback = lines.findLastIndex((line) => TRACEBACK.test(line));
  return traceback < 0 ? undefined : lines.slice(traceback + 1).find((line) => !/^\s/.test(line));
};
