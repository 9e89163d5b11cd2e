import { cutText } from './cut-text.ts';

/**
 * Turns a stream of bytes into lines. Chunks may end anywhere, inside a character too; what is not UTF-8 becomes
 * U+FFFD. A line longer than `limit` bytes is given at once, cut and marked, and its rest is passed over: a line
 * that never ends takes no memory.
 */
export class LineSplitter {
  readonly #limit: number;
  readonly #decoder = new TextDecoder();
  #line = '';
  #skipping = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): readonly string[] {
    return this.#split(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The last line, if the stream did not end with a newline. */
  end(): readonly string[] {
    const lines = [...this.#split(this.#decoder.decode())];
    if (this.#line !== '') lines.push(this.#line);
    this.#line = '';
    return lines;
  }

  #split(text: string): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.#append(text.slice(start, end), lines);
      if (!this.#skipping) lines.push(this.#line.endsWith('\r') ? this.#line.slice(0, -1) : this.#line);
      this.#line = '';
      this.#skipping = false;
      start = end + 1;
    }
    this.#append(text.slice(start), lines);
    return lines;
  }

  #append(text: string, lines: string[]): void {
    if (this.#skipping) return;
    this.#line += text;
    const cut = cutText(this.#line, this.#limit);
    if (cut.length === this.#line.length) return;
    lines.push(cut + CUT_MARK);
    this.#line = '';
    this.#skipping = true;
  }
}

export const CUT_MARK = ' … [line cut: longer than log_line_bytes]';
