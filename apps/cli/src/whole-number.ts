import { CliError, EXIT } from './exit-codes.ts';

/** The value of an option that counts. @throws CliError usage */
export const wholeNumber = (option: string, text: string, least = 0): number => {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < least)
    throw new CliError(EXIT.usage, `${option} ${text}: it must be a whole number${least > 0 ? `, ${least} or more` : ''}`);
  return value;
};
