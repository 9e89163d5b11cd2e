import { SCRIPT_LINES } from './script-lines.generated.ts';

/**
 * Redis names a place in a script by the line of the text it was sent: "user_script:12" (6.2, 7), "@user_script: 12"
 * (6.2).
 */
const PLACE = /@?\buser_script: ?(\d+)/g;

/** The same message with the source file and line of the place, like "lib/ready.lua:37". */
export const namingSource = (message: string, script: string): string =>
  message.replaceAll(PLACE, (place, line: string) => sourceOf(script, Number(line)) ?? place);

const sourceOf = (script: string, line: number): string | null => {
  const section = SCRIPT_LINES[script]?.split(',').findLast((one) => Number.parseInt(one, 10) <= line);
  const [, first, file, from] = /^(\d+) (.+):(\d+)$/.exec(section ?? '') ?? [];
  return file === undefined ? null : `${file}:${Number(from) + line - Number(first)}`;
};
