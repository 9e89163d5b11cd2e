/** Characters that a terminal acts on, except line ends and tabs: C0 and C1 controls, and bidirectional overrides. */
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

export const hasControls = (text: string): boolean => text.search(CONTROLS) >= 0;
export const withoutControls = (text: string): string => text.replaceAll(CONTROLS, '');

/** The same JSON without them: `JSON.stringify` escapes only those of ASCII. */
export const escapeControls = (json: string): string =>
  json.replaceAll(CONTROLS, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
