import type { IncomingMessage } from 'node:http';

/**
 * Turns any other request target (`http://host/path`, `*`) into a path. Express leaves that to `url.parse`, which
 * accepts invalid URLs, warns on stderr and answers with a page of its own; a later release may throw.
 */
export const makePath = (request: IncomingMessage): void => {
  const target = request.url ?? '/';
  if (target.startsWith('/')) return;
  const absolute = URL.canParse(target) ? new URL(target) : null;
  request.url = absolute?.pathname.startsWith('/') ? absolute.pathname + absolute.search : `/${target}`;
};
