/** What wakes a scheduler at each tick. A lost wake-up costs at most the scheduler's own sweep, never a tick: nothing here is the truth. */
export interface WakeUps {
  /** What was last arranged, by schedule id: the spec text given then. */
  arranged(): Promise<ReadonlyMap<string, string>>;
  /** Arranges a wake-up at each tick, in place of what was arranged before. `spec` tells whether anything changed. */
  arrange(
    schedule: { readonly id: string; readonly cron: string | null; readonly everyMs: number | null; readonly timezone: string },
    spec: string,
  ): Promise<void>;
  drop(scheduleId: string): Promise<void>;
  /** Calls back at each tick; of several processes that listen, one gets it. The answer stops it. */
  onTick(listener: (scheduleId: string) => Promise<void>): Promise<() => Promise<void>>;
}
