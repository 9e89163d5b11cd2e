import type { IncomingMessage } from 'node:http';

/**
 * The request, with a path for whatever else stands in the request line (`http://host/path`, `*`). Express leaves that to `url.parse`, which takes what no
 * URL is, warns on the process's stderr, and answers a page of its own; one day it throws.
 */
export const withPath = (request: IncomingMessage): IncomingMessage => {
  const target = request.url ?? '/';
  if (target.startsWith('/')) return request;
  const absolute = URL.canParse(target) ? new URL(target) : null;
  request.url = absolute?.pathname.startsWith('/') ? absolute.pathname + absolute.search : `/${target}`;
  return request;
};
