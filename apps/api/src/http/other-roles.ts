import type { Role } from '@millrace/core/domain';

/** What is served outside of the route table, with the role that it needs. `connect`: the namespace itself. */
export const SOCKET_ROLES = {
  connect: 'viewer',
  subscribe: 'viewer',
  unsubscribe: 'viewer',
} as const satisfies Readonly<Record<string, Role>>;
export type SocketVerb = Exclude<keyof typeof SOCKET_ROLES, 'connect'>;

/** Of every page and action of Bull Board. */
export const BOARD_ROLE: Role = 'admin';
