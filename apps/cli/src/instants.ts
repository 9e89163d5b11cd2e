import type { Terminal } from './terminal.ts';

/** An ISO instant in local time with its offset: "2026-01-05 13:15:30+01:00"; with `--utc` "2026-01-05 12:15:30Z". */
export const instant = ({ zone }: Terminal, iso: string): string => {
  const at = new Date(iso);
  const offset = zone === 'utc' ? 0 : -at.getTimezoneOffset();
  const shown = new Date(at.getTime() + offset * 60_000).toISOString();
  return `${shown.slice(0, 10)} ${shown.slice(11, 19)}${zone === 'utc' ? 'Z' : offsetWords(offset)}`;
};

/** Time of day with its offset, for live output. */
export const timeOfDay = (terminal: Terminal, iso: string): string => instant(terminal, iso).slice(11);

const offsetWords = (minutes: number): string => {
  const [hours, rest] = [Math.trunc(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? '-' : '+'}${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`;
};
