import { CliError, EXIT } from './exit-codes.ts';

/** Parses an option that is a count. @throws CliError usage */
export const wholeNumber = (option: string, text: string, least = 0, most = 999_999_999): number => {
  const value = Number(text);
  if (/^\d{1,9}$/.test(text) && value >= least && value <= most) return value;
  const bounds = most === 999_999_999 ? (least > 0 ? `, ${least} or more` : '') : ` from ${least} to ${most}`;
  throw new CliError(EXIT.usage, `${option} ${text}: must be a whole number${bounds}`);
};
