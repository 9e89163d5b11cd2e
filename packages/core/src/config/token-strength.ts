/** Minimum strength in bits of a token that counts as unguessable. `openssl rand -hex 32` has 256. */
export const LEAST_TOKEN_BITS = 72;

/**
 * Estimated entropy of the token in bits, against a guesser who knows people's habits: its shortest description as
 * single characters, words, runs along the alphabet or the keyboard, years, and repetitions of earlier text. For random
 * tokens the estimate is close to the true value.
 */
export const tokenBits = (token: string): number => {
  const text = token.slice(0, LOOKED_AT);
  const lower = text.toLowerCase();
  const plain = asLetters(lower);
  const ofCharacter = Math.log2(alphabetOf(text));
  const least = [0];
  for (let end = 1; end <= text.length; end += 1) {
    const previous = least[end - 1]!;
    let bits = previous + (SEPARATOR.test(text[end - 1]!) ? 1 : ofCharacter);
    if (ofCharacter > BITS_OF_HEX && COMMON_PAIRS.has(lower.slice(end - 2, end)))
      bits = Math.min(bits, previous + OF_COMMON_PAIR);
    for (let start = end - 3; start >= 0; start -= 1) {
      const asRun =
        Math.min(ofRun(text, start, end, ofCharacter), ofRepetition(text, start, end)) + Math.log2(end - start);
      bits = Math.min(
        bits,
        least[start]! + CHOICE + Math.min(asRun, ofWord(text.slice(start, end), plain.slice(start, end))),
      );
    }
    least.push(bits);
  }
  return least.at(-1)!;
};

/** Only this prefix is examined: it suffices for longer tokens. */
const LOOKED_AT = 64;
/** Cost of choosing one of the kinds. */
const CHOICE = 2;
/** In English about three letters commonly follow a given one. */
const OF_COMMON_PAIR = 2;
const BITS_OF_HEX = 4;
const SEPARATOR = /[-_. ]/;

const alphabetOf = (text: string): number => {
  const characters = text.replaceAll(/[-_. ]/g, '');
  if (/^[0-9a-f]*$/.test(characters) || /^[0-9A-F]*$/.test(characters)) return /^\d*$/.test(characters) ? 10 : 16;
  return [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].reduce(
    (sum, kind, place) => sum + (kind.test(characters) ? [26, 26, 10, 16][place]! : 0),
    0,
  );
};

/** Letters that people replace by digits and signs. */
const asLetters = (text: string): string =>
  text.replaceAll(/[013457@$!]/g, (sign) => 'oleastasi'['013457@$!'.indexOf(sign)]!);

const ofWord = (text: string, plain: string): number => {
  if (/^(?:19|20)\d\d$/.test(text)) return 7;
  const isWord = WORDS.has(plain) || WORDS.has(text.toLowerCase());
  return isWord ? Math.log2(WORDS.size) + (text === plain ? 0 : 2) : Infinity;
};

/** A repeated character, consecutive letters of the alphabet, or adjacent keys. */
const ofRun = (text: string, start: number, end: number, ofCharacter: number): number => {
  const step = text.charCodeAt(start + 1) - text.charCodeAt(start);
  let isStep = Math.abs(step) <= 1;
  for (let at = start + 2; isStep && at < end; at += 1) isStep = text.charCodeAt(at) - text.charCodeAt(at - 1) === step;
  if (isStep) return ofCharacter + Math.log2(3);
  return KEYBOARD.some((keys) => keys.includes(text.slice(start, end).toLowerCase()))
    ? Math.log2(KEYBOARD.join('').length)
    : Infinity;
};

/** Start of the earlier occurrence, which may overlap the repetition (`abcabcabc`). */
const ofRepetition = (text: string, start: number, end: number): number => {
  const before = text.slice(0, end - 1).indexOf(text.slice(start, end));
  return before >= 0 && before < start ? Math.log2(start) : Infinity;
};

const ROWS = [
  '1234567890',
  'qwertyuiop',
  'asdfghjkl',
  'zxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
  '1q2w3e4r5t6y7u8i9o0p',
];
const KEYBOARD = ROWS.flatMap((row) => [row, row.split('').reverse().join('')]);

const COMMON_PAIRS = new Set(
  `th he in er an re nd on en at ou ed ha to or it is hi es ng ar st te as le se ve al me de ea ti ll co ro ra ri io ic li el la us si ch om ur ma ta
  be ho wo we lo no so di ce ge pe ne tt rs ss ow mo ac po wi tr da ca fo do un il ol ke ec sh pa lu ut ie ap qu ck ee oo`.split(
    /\s+/,
  ),
);

/** The commonest parts of passwords, and words that suggest themselves in this context. */
const WORDS = new Set(
  `thequickbrownfox jumpsoverthelazydog correcthorsebatterystaple loremipsum dolorsitamet and for from have not with you are abc access account admin administrator alpha always america anderson andrew angel apple api app auth autumn baby backup banana baseball basic batman battery
  beer blue box bravo brown buster button camera change changeme charlie cheese chicken chocolate chelsea client cloud club coffee company computer config
  cookie correct country crystal dallas daniel data database deadbeef debug default delta demo deploy dev diamond docker dog dragon easy eagle engine enter
  example family fire flower foobar football foo bar baz forever fox freedom friday friend george ginger girl god gold google green guest happy harley heaven
  hello hockey home honey horse host house hunter iloveyou internet jennifer jessica jesus john jordan jumps key killer king lazy letmein liverpool local
  localhost london long lord love lucky maggie magic manager market master matrix matthew michael mickey millrace monday money monkey morning mother music
  mustang my mypassword name new night nothing nothere oauth one online only open operator orange over pass passphrase passw password pepper phoenix pipeline
  please power prince princess private prod production public purple qwerty qwertz quick rabbit rainbow random redis root runner samsung scheduler school
  secret secure security server service session shadow silver simple soccer spring staging staple star starwars stage start summer sunday sunshine super
  superman support sweet sysadmin system temp temporary test tester testing the thing this thomas tiger time token trustno trustme two user username valkey
  very weak welcome whatever white winter wizard word worker world xxx yankees yellow your zero`.split(/\s+/),
);
