/** Explains an errno to the operator. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is exceeded',
  EMFILE: 'the worker has no file descriptors left (see "ulimit -n")',
  ENFILE: 'the system has no file descriptors left',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
};

/**
 * A system call that failed for a reason outside the stage, such as a full disk; the message gives the operation and
 * the path. Its name is the errno, which becomes the code of the attempt's error.
 */
export class SystemFailure extends Error {
  readonly code: string;

  constructor(doing: string, cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(code === undefined ? `${doing}: ${message}` : `${doing}: ${code}: ${MEANINGS[code] ?? message}`, { cause });
    this.code = code ?? 'Error';
    this.name = this.code;
  }
}

/** For `.catch`: rethrows the error as a SystemFailure. */
export const systemFailure =
  (doing: string) =>
  (cause: unknown): never => {
    throw new SystemFailure(doing, cause);
  };
