import { parseExactJson } from '../domain/index.ts';
import { type HeldFolder, NotPlainFile, sizeOfPlain } from '../scratch/index.ts';
import { checkCheckpointSize } from './checkpoint.ts';

/** How often the file is looked at while the command runs, ms. */
const LOOK_MS = 500;

/**
 * The file through which a command reads and keeps its checkpoint. It is looked at while the command runs and once
 * more at its end. What cannot be kept changes nothing: a line of the log says why, and the last checkpoint stays.
 */
export class CheckpointFile {
  readonly #folder: HeldFolder;
  readonly #name: string;
  readonly #keep: (data: unknown) => void;
  readonly #note: (line: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  /** Text of the last checkpoint, and which state of the file was read last. */
  #text: string | null;
  #seen = '';
  /** A state of the file that could not be read: it may be half written. */
  #unfit = '';

  /** `text`: what is in the file already. */
  constructor(
    folder: HeldFolder,
    name: string,
    text: string | null,
    { keep, note }: { keep(data: unknown): void; note(line: string): void },
  ) {
    this.#folder = folder;
    this.#name = name;
    this.#text = text;
    this.#keep = keep;
    this.#note = note;
  }

  watch(): void {
    let busy = false;
    this.#timer = setInterval(() => {
      if (busy) return;
      busy = true;
      this.#looking = this.#look(false).finally(() => (busy = false));
    }, LOOK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** Looks once more, after `stop`. */
  last(): Promise<void> {
    return this.#look(true);
  }

  async #look(isLast: boolean): Promise<void> {
    let state = '';
    try {
      const file = await this.#folder.open([this.#name]);
      try {
        const { ino, mtimeNs, size } = await file.stat({ bigint: true });
        state = `${ino} ${mtimeNs} ${size}`;
        if (state === this.#seen) return;
        checkCheckpointSize(await sizeOfPlain(file));
        const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
        if (text !== this.#text && text.trim() !== '') this.#keep(parseExactJson(text, 'checkpoint'));
        this.#text = text;
        this.#seen = state;
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      const again = state === this.#unfit;
      this.#unfit = state;
      if (!isLast && !again) return;
      this.#seen = state;
      const { message } = error as Error;
      this.#note(`MILLRACE_CHECKPOINT was not kept: ${error instanceof NotPlainFile ? `it ${message}` : message}`);
    }
  }
}
