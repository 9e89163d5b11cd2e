/** Pages, documents and probes: they need neither a token nor Redis. */
export const isOpen = (path: string): boolean => OPEN.has(path) || !/^\/(api|admin|metrics|readyz)(\/|$)/.test(path);

const OPEN = new Set(['/api/v1/healthz', '/api/v1/openapi.json', '/api/v1/docs']);
