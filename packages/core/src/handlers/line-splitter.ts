import { cutText } from './cut-text.ts';

/**
 * Splits a byte stream into lines. Chunks may end anywhere, even inside a character or an escape sequence; invalid
 * UTF-8 becomes U+FFFD. A rewritten line (a progress bar: carriage return, backspace, erase) counts in its last
 * version. A line longer than `limit` bytes is emitted at once, cut and marked, and its rest is discarded until it is
 * rewritten, so that an endless line takes no memory.
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #line = '';
  #skipping = false;
  /** The cursor was sent back: the old text stays until overwritten. */
  #returned = false;
  #back = 0;
  #isRewritten = false;
  /** Part of this line was already emitted, so its end alone is not a line. */
  #isGiven = false;
  /** The start of an incomplete escape sequence. */
  #open = '';

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): readonly string[] {
    return this.#split(this.#decoder.decode(chunk, { stream: true }));
  }

  /** Whether an unfinished line is pending. */
  get hasPart(): boolean {
    return this.#line !== '';
  }
  /** Whether the pending line is a progress bar, that is, was rewritten. */
  get isRewritten(): boolean {
    return this.#isRewritten && this.#line !== '';
  }

  /** The pending line so far. For a progress bar it ends with a carriage return, since it will be rewritten. */
  part(): readonly string[] {
    if (this.#line === '') return [];
    if (this.#isRewritten) return [`${this.#line}\r`];
    const part = this.#line;
    this.#line = '';
    this.#isGiven = true;
    return [part];
  }

  /** The last line, if the stream did not end with a newline. */
  end(): readonly string[] {
    const lines = [...this.#split(this.#decoder.decode())];
    this.#append(this.#open, lines);
    this.#open = '';
    if (this.#line !== '') lines.push(this.#line);
    this.#clear();
    return lines;
  }

  #split(chunk: string): readonly string[] {
    const text = this.#open + chunk;
    const lines: string[] = [];
    if (!MOVES.test(text)) {
      let start = 0;
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
        this.#append(text.slice(start, end), lines);
        this.#endLine(lines);
        start = end + 1;
      }
      this.#append(text.slice(start), lines);
      return lines;
    }
    const open = UNENDED.exec(text);
    this.#open = open === null ? '' : open[0];
    for (const [token] of text.slice(0, open === null ? text.length : open.index).matchAll(TOKENS))
      this.#take(token, lines);
    return lines;
  }

  #take(token: string, lines: string[]): void {
    if (token === '\n') this.#endLine(lines);
    else if (token === '\r' || TO_START.test(token)) this.#returned = true;
    else if (token === '\b') this.#back += 1;
    else if (!ERASE.test(token)) this.#append(token, lines);
    // "Erase to end" clears the text after the cursor: everything after a carriage return, nothing at the end of the
    // line.
    else if (!/^\x1b\[0?K$/.test(token) || this.#returned) this.#rewrite('');
    else if (this.#back > 0) this.#rewrite(this.#line.slice(0, -this.#back));
  }

  #rewrite(line: string): void {
    this.#line = line;
    this.#skipping = false;
    this.#returned = false;
    this.#back = 0;
    this.#isRewritten = true;
  }

  #append(text: string, lines: string[]): void {
    if (text === '') return;
    if (this.#returned) this.#rewrite('');
    else if (this.#back > 0 && !this.#skipping) this.#rewrite(this.#line.slice(0, -this.#back));
    if (this.#skipping) return;
    this.#line += text;
    const cut = cutText(this.#line, this.#limit);
    if (cut.length === this.#line.length) return;
    lines.push(cut + CUT_MARK);
    this.#line = '';
    this.#skipping = true;
  }

  #endLine(lines: string[]): void {
    const isNothing = this.#skipping || (this.#line === '' && this.#isGiven);
    if (!isNothing) lines.push(this.#line);
    this.#clear();
  }

  #clear(): void {
    this.#line = '';
    this.#skipping = false;
    this.#returned = false;
    this.#back = 0;
    this.#isRewritten = false;
    this.#isGiven = false;
  }
}

const MOVES = /[\r\b\x1b]/;
/** Sequences that move the cursor to the first column. */
const TO_START = /^\x1b\[[01]?G$/;
const ERASE = /^\x1b\[[0-2]?K$/;
const TOKENS = /[\n\r\b]|\x1b\[[0-2]?[KG]|\x1b|[^\n\r\b\x1b]+/g;
/** A prefix that the next chunk may complete to one of these. */
const UNENDED = /\x1b(?:\[[0-2]?)?$/;

export const CUT_MARK = ' … [line cut: longer than log_line_bytes]';
