/**
 * Wakes a scheduler at each tick. A lost wake-up delays a tick until the scheduler's next sweep, but never loses it.
 */
export interface WakeUps {
  /** The arranged wake-ups: schedule id -> the spec text given then. */
  arranged(): Promise<ReadonlyMap<string, string>>;
  /**
   * Arranges a wake-up at each tick, replacing any earlier arrangement. `spec` identifies the settings, to detect
   * changes.
   */
  arrange(
    schedule: {
      readonly id: string;
      readonly cron: string | null;
      readonly everyMs: number | null;
      readonly timezone: string;
    },
    spec: string,
  ): Promise<void>;
  drop(scheduleId: string): Promise<void>;
  /** Calls back at each tick, in one of the listening processes. Returns a function that stops it. */
  onTick(listener: (scheduleId: string) => Promise<void>): Promise<() => Promise<void>>;
}
