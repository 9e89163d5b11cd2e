const DEFAULT_PORT = 6_379;
const SCHEMES = ['redis:', 'rediss:'];
const ENCODE = 'in a user or password write % as %25, @ as %40, / as %2F, ? as %3F, # as %23 and , as %2C';

export type ReadRedisUrl = { readonly url: string } | { readonly problem: string };

/**
 * Parses a Redis address: `redis[s]://[user:password@]host[:port][/database]`. The result is complete and
 * percent-encoded, so that every client reads it the same way; left to themselves, clients take a non-numeric database
 * for 0 and a query for their own options. Problems do not quote the input: any part of it may belong to a password.
 */
export const readRedisUrl = (text: string): ReadRedisUrl => {
  if (/^(redis[-+])?(unix|socket):|^\//i.test(text))
    return wrong('names a Unix socket, which is not supported: use redis://host:port');
  if (/^rediss?[-+]sentinel:/i.test(text))
    return wrong(
      'names a Sentinel, which is not supported: use the address of the master, or of a proxy that follows it',
    );
  if (!/^rediss?:\/\//i.test(text)) return wrong('must be a redis:// or rediss:// URL');
  if (/[\s\p{Cc}]/u.test(text)) return wrong(`must not have spaces or control characters; ${ENCODE}`);
  if (!URL.canParse(text)) return wrong(`is not a URL; ${ENCODE}`);
  const url = new URL(text);
  if (!SCHEMES.includes(url.protocol) || url.hostname === '') return wrong(`names no host; ${ENCODE}`);
  if (/,|%2C/i.test(url.hostname)) return wrong('names several hosts, which is not supported: name the master');
  if (url.hash !== '' || text.includes('#')) return wrong(`must not have a "#"; ${ENCODE}`);
  if (url.search !== '' || text.includes('?'))
    return wrong(`must not have options after a "?": the database is the path, as in redis://host:6379/1; ${ENCODE}`);
  if (!/^\/?$|^\/(0|[1-9]\d{0,8})$/.test(url.pathname))
    return wrong(`must end with the number of a database, as in redis://host:6379/1, or without one; ${ENCODE}`);
  if (url.port === '0') return wrong('must have a port from 1 to 65535');
  const login = loginOf(url);
  if (login === null) return wrong(`has a "%" without two hexadecimal digits after it; ${ENCODE}`);
  const database = url.pathname.length > 1 ? url.pathname : '';
  return { url: `${url.protocol}//${login}${url.hostname}:${url.port || DEFAULT_PORT}${database}` };
};

const wrong = (problem: string): ReadRedisUrl => ({ problem });

/** `user:password@`; null: not decodable. */
const loginOf = ({ username, password }: URL): string | null => {
  if (username === '' && password === '') return '';
  try {
    return `${encodeURIComponent(decodeURIComponent(username))}:${encodeURIComponent(decodeURIComponent(password))}@`;
  } catch {
    return null;
  }
};
