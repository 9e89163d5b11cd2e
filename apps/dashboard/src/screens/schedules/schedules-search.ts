/** The filters of the list of schedules, as they stand in the address. */
export interface SchedulesSearch {
  readonly pipeline?: string;
  readonly state?: 'paused' | 'active';
  /** Part of an id, a pipeline or the words. */
  readonly text?: string;
}

export const readSchedulesSearch = ({ pipeline, state, text }: Record<string, unknown>): SchedulesSearch => ({
  ...(isText(pipeline) ? { pipeline: String(pipeline) } : {}),
  ...(state === 'paused' || state === 'active' ? { state } : {}),
  ...(isText(text) ? { text: String(text) } : {}),
});

/** `/schedules/~new?pipeline=…` */
export const readNewScheduleSearch = ({ pipeline }: Record<string, unknown>): { readonly pipeline?: string } =>
  isText(pipeline) ? { pipeline: String(pipeline) } : {};

/** The router reads digits as a number. */
const isText = (value: unknown): value is string | number => (typeof value === 'string' && value !== '') || typeof value === 'number';
