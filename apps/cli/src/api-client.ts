import type { Connection } from './connection.ts';
import { CliError, EXIT, exitCodeOf } from './exit-codes.ts';

export interface ApiClient {
  readonly url: string;
  get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<T>;
  send<T>(method: 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
  /** The answer itself, for streams and bytes; a refusal is thrown. */
  open(path: string, query?: Query, signal?: AbortSignal): Promise<Response>;
}
export type Query = Readonly<Record<string, string | number | null | undefined>>;

/** For answers that are not streams, ms. */
const TIMEOUT_MS = 30_000;

/** The API by HTTP. Every refusal is a CliError with the exit code that it means. */
export const apiClient = ({ url, token }: Connection): ApiClient => {
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string> | undefined), ...(token === null ? {} : { Authorization: `Bearer ${token}` }) };
    let response: Response;
    try {
      response = await fetch(`${url}${path}`, { ...init, headers });
    } catch (error) {
      throw unreachable(url, error);
    }
    if (!response.ok) throw await refusalOf(response, token !== null);
    return response;
  };
  const json = async <T>(response: Promise<Response>): Promise<T> => {
    const answer = await response;
    try {
      return (await answer.json()) as T;
    } catch (error) {
      throw new CliError(EXIT.unreachable, `what answers at ${url} is not a Millrace API`, { cause: error });
    }
  };
  return {
    url,
    get: (path, query, signal) => json(send(path + search(query), { signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal ? [signal] : [])]) })),
    post: (path, body, headers) =>
      json(
        send(path, {
          method: 'POST',
          body: JSON.stringify(body),
          headers: { 'Content-Type': 'application/json', ...headers },
          signal: AbortSignal.timeout(TIMEOUT_MS),
        }),
      ),
    send: (method, path, body) =>
      json(
        send(path, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        }),
      ),
    open: (path, query, signal) => send(path + search(query), signal === undefined ? {} : { signal }),
  };
};

const search = (query: Query = {}): string => {
  const given = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== null) given.set(name, String(value));
  return given.size === 0 ? '' : `?${given.toString()}`;
};

const unreachable = (url: string, error: unknown): CliError => {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause;
  const why = cause?.code ?? cause?.message ?? (error as Error).message;
  return new CliError(EXIT.unreachable, `no API answers at ${url} (${why})`, {
    details: ['start one with "millrace up", or name another with --url or MILLRACE_URL'],
    cause: error,
  });
};

interface Problem extends Record<string, unknown> {
  readonly title?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

const refusalOf = async (response: Response, hadToken: boolean): Promise<CliError> => {
  const problem = (await response.json().catch(() => ({}))) as Problem;
  const errors = (problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
  const details = [...errors, ...(response.status === 401 ? [tokenHint(hadToken)] : [])];
  const message = problem.detail ?? problem.title ?? `the API answered ${response.status}`;
  return new CliError(exitCodeOf(response.status), message, { details, status: response.status, problem });
};

const tokenHint = (hadToken: boolean): string =>
  hadToken
    ? 'check --token, MILLRACE_TOKEN or the admin-token file of the data folder'
    : 'give one with --token or MILLRACE_TOKEN, or run it where the data folder (.millrace) is';
