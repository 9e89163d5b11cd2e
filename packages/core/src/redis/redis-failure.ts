import { MillraceError } from '../domain/index.ts';

/**
 * A server that cannot be reached or refuses the login, as `store_unavailable` with its address and the reason; never
 * with the password.
 */
export const redisFailure = (url: string, error: unknown): MillraceError => {
  const cause = withoutCommand(error);
  const reason = reasonOf(cause) + hintOf(url, cause);
  const does = /DB index/i.test(reason) ? 'does not have this database' : 'does not answer';
  return new MillraceError('store_unavailable', `Redis at ${addressOf(url)} ${does}: ${reason}`, { cause });
};

/** Host, port and database, without user and password. */
export const addressOf = (url: string): string => {
  try {
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port || 6379}${pathname.length > 1 ? pathname : ''}`;
  } catch {
    return 'an address that is not a URL';
  }
};

/**
 * The error of a refused login carries its command, and so the password, wherever it is printed. A server without AUTH
 * repeats it.
 */
export const withoutCommand = <T>(error: T): T => {
  if (!(error instanceof Error)) return error;
  delete (error as { command?: unknown }).command;
  if (/^ERR unknown command/i.test(error.message)) {
    const message = error.message.replace(/,? with args beginning with.*/s, '');
    error.stack = error.stack?.replace(error.message, message) ?? '';
    error.message = message;
  }
  return error;
};

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  const said = error.message || String(code ?? error.name);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `its certificate is for another name (${said})`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return `its certificate is not valid now (${said})`;
  if (code !== undefined && UNTRUSTED.has(code))
    return `its certificate is not trusted (${said}): name the authority that signed it in MILLRACE_REDIS_CA_FILE`;
  return said;
};
/** A TLS port drops a plain connection; a plain port waits for the end of a line, or answers what TLS cannot parse. */
const hintOf = (url: string, error: unknown): string => {
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  if (url.startsWith('rediss:') && /^(ETIMEDOUT|ECONNRESET|EPROTO|ERR_SSL_.*)$/.test(code))
    return ' (does this port speak TLS? For one that does not, write redis://)';
  return url.startsWith('redis:') && /^(ECONNRESET|EPIPE)$/.test(code)
    ? ' (if this port speaks TLS, write rediss://)'
    : '';
};
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
]);
