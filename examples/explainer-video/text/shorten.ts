/** A sentence as a line on the screen: its main clause, without what is in brackets, cut between words if need be. */
const CLAUSE =
  /[;:—–]|, (?=(?:and|but|or|so|because|although|while|since|whereas|which|who|where|if|when|that|unless|until)\b)| (?=(?:because|although|whereas|so that|in order)\b)/;
const OPENING = /^(?:therefore|however|instead|moreover|then|so|but|and|also|thus|for example|in short),?\s+/i;
const CONDITION = /^(?:when|if|although|because|while|once|since|whereas|unless)\b[^,]*, (?!(?:and|or|but)\b)(?=\S)/i;
const FEWEST_WORDS = 3;

export const shorten = (sentence: string, most: number): string => {
  const whole = sentence
    .replace(/\s*\([^)]*\)/g, '')
    .replace(OPENING, '')
    .replace(/\.$/, '')
    .trim();
  let line = whole.length > most ? whole.replace(CONDITION, '') : whole;
  for (let rest = line; line.length > most; ) {
    // The last boundary that is far enough from the start.
    const at = lastClauseEnd(rest);
    if (at === 0) break;
    rest = rest.slice(0, at).replace(/[,\s]+$/, '');
    line = rest;
  }
  return capital(line.length > most ? cut(line, most) : line);
};

const lastClauseEnd = (text: string): number => {
  let found = 0;
  for (const match of text.matchAll(new RegExp(CLAUSE, 'g')))
    if (text.slice(0, match.index).split(/\s+/).length >= FEWEST_WORDS) found = match.index;
  return found;
};

const cut = (line: string, most: number): string => {
  const end = line.lastIndexOf(' ', most - 1);
  return `${line.slice(0, end > 0 ? end : most - 1).replace(/[,;:\s]+$/, '')}…`;
};

const capital = (line: string): string => line.charAt(0).toUpperCase() + line.slice(1);
