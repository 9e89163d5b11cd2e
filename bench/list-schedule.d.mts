export interface TimedStage {
  readonly name: string;
  readonly ms: number;
  readonly dependsOn: readonly string[];
}
export function listSchedule(stages: readonly TimedStage[], slots: number): number;
