/**
 * Runs `load` so that the files it imports can neither end this process nor write to its stdout; their output goes to
 * stderr. Even a probed file may behave differently here.
 */
export const importGuarded = async <T>(load: () => Promise<T>, limitMs: number): Promise<T> => {
  const { exit } = process;
  const { write } = process.stdout;
  let timer: NodeJS.Timeout | undefined;
  process.exit = (code?: number | string | null): never => {
    throw new Error(`it calls process.exit(${code ?? process.exitCode ?? 0})`);
  };
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`it was not loaded within ${limitMs / 1_000} s`)), limitMs);
    });
    return await Promise.race([load(), late]);
  } finally {
    clearTimeout(timer);
    process.exit = exit;
    process.stdout.write = write;
  }
};
