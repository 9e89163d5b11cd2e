export interface Summary {
  median: number;
  min: number;
  max: number;
}
type Side =
  | 'before'
  | 'millrace'
  | 'bullmq_flows'
  | 'bullmq_by_hand'
  | 'ratio_to_before'
  | 'ratio_to_flows'
  | 'ratio_to_by_hand';
export type Figure = { what: string; unit: string; means: string } & Record<Side, Summary | null>;
export function quantile(values: readonly number[], share: number): number;
export function summary(values: readonly number[]): Summary;
export function figure(
  what: string,
  unit: string,
  means: string,
  rounds: readonly Readonly<Record<string, number>>[],
): Figure;
