import type { Readable } from 'node:stream';
import { LIMITS } from '../domain/index.ts';
import type { CommandWatch } from './command-process.ts';
import { LineSplitter } from './line-splitter.ts';

/** Leaves room for the truncation mark and the event's envelope. */
const LINE_BYTES = LIMITS.log_line_bytes - 1_024;
/** Silence after which a pending line is emitted, and minimum interval between updates of a progress bar, ms. */
const PART_MS = 1_000;

export interface Reader {
  readonly done: Promise<void>;
  /** Milliseconds without a chunk, while none is being handled. */
  quietFor(): number;
  close(): void;
}

/** Both streams of a command as lines, in order of arrival, with back-pressure. */
export const readOutput = (
  streams: { readonly out: Readable; readonly err: Readable },
  watch: Pick<CommandWatch, 'onOutput' | 'onLines'>,
): readonly Reader[] => {
  let held = 0;
  const all = Object.values(streams);
  const give = async (name: 'out' | 'err', lines: readonly string[]): Promise<void> => {
    if (lines.length === 0) return;
    if (held++ === 0) for (const stream of all) stream.pause();
    try {
      await watch.onLines(name, lines);
    } finally {
      if (--held === 0) for (const stream of all) stream.resume();
    }
  };
  return (['out', 'err'] as const).map((name) =>
    readLines(
      streams[name],
      watch.onOutput,
      (lines) => give(name, lines),
      () => held > 0,
    ),
  );
};

const readLines = (
  stream: Readable,
  onOutput: () => void,
  give: (lines: readonly string[]) => Promise<void>,
  isBusy: () => boolean,
): Reader => {
  const splitter = new LineSplitter(LINE_BYTES);
  let since = performance.now();
  let shownAt = since;
  let shown = '';
  let timer: NodeJS.Timeout | undefined;
  const giveSafely = (lines: readonly string[]): Promise<void> => give(lines).catch(() => {});
  const showPart = (): void => {
    if (!splitter.isRewritten) return void giveSafely(splitter.part());
    const [part = ''] = splitter.part();
    shownAt = performance.now();
    if (part === shown) return;
    shown = part;
    void giveSafely([part]);
  };
  stream.on('data', (chunk: Buffer) => {
    onOutput();
    const wasRewritten = splitter.isRewritten;
    void giveSafely(splitter.push(chunk));
    since = performance.now();
    if (splitter.isRewritten && !wasRewritten) shownAt = since;
    else if (splitter.isRewritten && since - shownAt >= PART_MS) showPart();
    clearTimeout(timer);
    if (splitter.hasPart) timer = setTimeout(showPart, PART_MS);
  });
  const done = new Promise<void>((resolve) => {
    let isOver = false;
    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      void giveSafely(splitter.end()).then(resolve);
    };
    stream.once('end', finish).once('close', finish).on('error', finish);
  });
  return { done, quietFor: () => (isBusy() ? 0 : performance.now() - since), close: () => void stream.destroy() };
};
