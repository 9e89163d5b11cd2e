import { INEXACT, problemsOfValue } from '@millrace/core/domain';
import { refusalOf, UnreachableError } from './api-error.ts';

export interface ClientOptions {
  /** Base URL of the API without a path: "http://127.0.0.1:3000"; "" in the API's own pages. */
  readonly url: string;
  /** Absent: the browser's session cookie authenticates. */
  readonly token?: string | null;
  /** The program that calls, as `User-Agent`; absent: the runtime's own. */
  readonly agent?: string;
}
export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;
export interface SendOptions {
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Timeout for responses that are not streams, ms. */
const TIMEOUT_MS = 30_000;

/**
 * JSON over HTTP. Every method throws `ApiError` for a refusal, `UnreachableError` when no Millrace API answers, and
 * `TypeError` with the path of a number that JSON would silently change.
 */
export const httpOf = ({ url, token, agent }: ClientOptions) => {
  const address = url === '' ? 'this address' : url;
  /** The raw response, for streams and bytes. */
  const open = async (
    method: string,
    path: string,
    { query, body, headers, signal }: SendOptions = {},
  ): Promise<Response> => {
    const json = body === undefined ? undefined : jsonOf(body);
    let response: Response;
    try {
      response = await fetch(`${url}${path}${search(query)}`, {
        method,
        headers: {
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(agent === undefined ? {} : { 'User-Agent': agent }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(json === undefined ? {} : { body: json }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (isGivenUp(signal)) throw error;
      const reason = reasonOf(error);
      throw new UnreachableError(`no API answers at ${address}${reason === null ? '' : ` (${reason})`}`, {
        cause: error,
      });
    }
    if (!response.ok) throw await refusalOf(response);
    return response;
  };

  const send = async <T>(method: string, path: string, options: SendOptions = {}): Promise<T> => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await open(method, path, {
      ...options,
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    });
    if (response.status === 204) return undefined as T;
    try {
      return (await response.json()) as T;
    } catch (error) {
      if (isGivenUp(options.signal)) throw error;
      const reason = reasonOf(error);
      if (!(error instanceof SyntaxError))
        throw new UnreachableError(`the answer of ${address} broke off${reason === null ? '' : ` (${reason})`}`, {
          cause: error,
        });
      throw new UnreachableError(`what answers at ${address} is not a Millrace API`, { cause: error });
    }
  };

  return {
    open,
    send,
    get: <T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> => send<T>('GET', path, { query, signal }),
  };
};
export type Http = ReturnType<typeof httpOf>;

const jsonOf = (body: unknown): string => {
  const changed = problemsOfValue(body).find(({ message }) => message.endsWith(INEXACT));
  if (changed) throw new TypeError(`${changed.path.join('.')}: ${changed.message}`);
  return JSON.stringify(body);
};

const search = (query: Query = {}): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== null && value !== '') given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
};

/** Whether the caller aborted, as opposed to a timeout. */
const isGivenUp = (signal: AbortSignal | undefined): boolean =>
  signal?.aborted === true && (signal.reason as Error | undefined)?.name !== 'TimeoutError';

/** Null in browsers, which only say that the request failed, each in its own words. */
const reasonOf = (error: unknown): string | null => {
  const { cause, message } = error as { cause?: { code?: string; message?: string }; message: string };
  return cause?.code ?? cause?.message ?? (error instanceof TypeError ? null : message);
};
