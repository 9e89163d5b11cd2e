import type { IncomingMessage } from 'node:http';

/**
 * Makes a path of whatever else stands in the request line (`http://host/path`, `*`). Express leaves that to `url.parse`, which takes what no
 * URL is, warns on the process's stderr, and answers a page of its own; one day it throws.
 */
export const makePath = (request: IncomingMessage): void => {
  const target = request.url ?? '/';
  if (target.startsWith('/')) return;
  const absolute = URL.canParse(target) ? new URL(target) : null;
  request.url = absolute?.pathname.startsWith('/') ? absolute.pathname + absolute.search : `/${target}`;
};
