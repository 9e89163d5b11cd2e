/** Filters of the schedules list, stored in the address. */
export interface SchedulesSearch {
  readonly pipeline?: string;
  readonly state?: 'paused' | 'active';
  /** Substring of the id, pipeline or description. */
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

/** The router parses digits as a number. */
const isText = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '') || typeof value === 'number';
