import type { IncomingMessage } from 'node:http';

/**
 * Turns the request target into a path of ours: without the base path, which a reverse proxy may leave in front of it,
 * and without a host (`http://host/path`, `*`). Express leaves the latter to `url.parse`, which accepts invalid URLs,
 * warns on stderr and answers with a page of its own; a later release may throw.
 */
export const pathBelow =
  (basePath: string) =>
  (request: IncomingMessage): void => {
    const path = pathOf(request.url ?? '/');
    const rest = path.startsWith(basePath) ? path.slice(basePath.length) : path;
    // The base path may be the beginning of another name.
    request.url = rest.startsWith('/') ? rest : rest === '' || rest.startsWith('?') ? `/${rest}` : path;
  };

const pathOf = (target: string): string => {
  if (target.startsWith('/')) return target;
  const absolute = URL.canParse(target) ? new URL(target) : null;
  return absolute?.pathname.startsWith('/') ? absolute.pathname + absolute.search : `/${target}`;
};
