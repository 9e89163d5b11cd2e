import type { Redis } from 'ioredis';

export type CommandCounts = Readonly<Record<string, number>>;
export function commandCounts(redis: Redis): Promise<CommandCounts>;
export function commandsBetween(
  before: CommandCounts,
  after: CommandCounts,
  looks?: number,
): { roundTrips: number; scriptCalls: number; inner: number };
