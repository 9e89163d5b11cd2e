import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ownedPrefix } from '@millrace/core/scratch';

/** Characters that all texts of a spool buffer together. */
const BUFFERED = 1024 * 1024;
/** Bytes read at a time. */
const PIECE = 64 * 1024;

/**
 * Texts of any length, written at the same time and then read, in a file without a name: the system frees it with the
 * process, however that ends.
 */
export class Spool {
  readonly #file: FileHandle;
  readonly #waiting = new Set<SpooledText>();
  #buffered = 0;
  #end = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Throws the system's error if the folder cannot be written. */
  static async open(folder: string): Promise<Spool> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, ownedPrefix('') + randomUUID());
    const file = await open(path, 'wx+', 0o600);
    try {
      await unlink(path);
      return new Spool(file);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  text(): SpooledText {
    return new SpooledText(this);
  }

  /** For SpooledText: counts what it buffers, and writes all buffers when they are full. */
  async buffered(text: SpooledText, characters: number): Promise<void> {
    this.#waiting.add(text);
    this.#buffered += characters;
    if (this.#buffered > BUFFERED) await this.flush();
  }

  /** Writes what is buffered: afterwards the texts can be read. */
  async flush(): Promise<void> {
    const texts = [...this.#waiting];
    this.#waiting.clear();
    this.#buffered = 0;
    for (const text of texts) {
      const bytes = text.taken();
      await this.#file.writeFile(bytes);
      text.written(this.#end, bytes.length);
      this.#end += bytes.length;
    }
  }

  async *read(start: number, length: number): AsyncGenerator<Buffer, void> {
    for (let at = start; at < start + length; ) {
      const size = Math.min(PIECE, start + length - at);
      const { bytesRead, buffer } = await this.#file.read(Buffer.allocUnsafe(size), 0, size, at);
      if (bytesRead === 0) throw new Error('a spooled file is shorter than what was written to it');
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** One text of a spool. */
export class SpooledText {
  readonly #spool: Spool;
  #parts: string[] = [];
  /** Where it is in the file: pairs of start and length. */
  readonly #places: number[] = [];
  #size = 0;

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  append(text: string): Promise<void> {
    this.#parts.push(text);
    return this.#spool.buffered(this, text.length);
  }

  /** Bytes, once it is flushed. */
  get size(): number {
    return this.#size;
  }

  async *bytes(): AsyncGenerator<Buffer, void> {
    for (let place = 0; place < this.#places.length; place += 2)
      yield* this.#spool.read(this.#places[place]!, this.#places[place + 1]!);
  }

  /** For Spool: hands over what is buffered. */
  taken(): Buffer {
    const bytes = Buffer.from(this.#parts.join(''));
    this.#parts = [];
    return bytes;
  }

  written(start: number, length: number): void {
    this.#size += length;
    const before = this.#places.length - 2;
    if (before >= 0 && this.#places[before]! + this.#places[before + 1]! === start) this.#places[before + 1]! += length;
    else this.#places.push(start, length);
  }
}
