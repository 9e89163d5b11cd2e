import type { z } from 'zod';
import type { Duration, JsonSchema, OverlapPolicy } from '../domain/index.ts';
import type { StageContext } from './stage-context.ts';

/** When a failed attempt is tried again. Intervals are durations: "30s", "5m", or ms. */
export interface RetryOptions {
  readonly initialInterval?: Duration;
  readonly backoffCoefficient?: number;
  readonly maximumInterval?: Duration;
  /** The first attempt included. */
  readonly maximumAttempts?: number;
  /** Codes or names of errors. */
  readonly nonRetryableErrors?: readonly string[];
  /** 0..1: the share by which a delay is stretched at most. */
  readonly jitter?: number;
}

/** What a stage may say about when and where it runs; `defaults` of the pipeline say it for all. null: unbounded. */
export interface TimingOptions {
  readonly retry?: RetryOptions;
  /** One attempt. */
  readonly timeout?: Duration | null;
  /** Longest silence of a running attempt. */
  readonly heartbeatTimeout?: Duration | null;
  /** All attempts and the waits between them. */
  readonly stageTimeout?: Duration | null;
  /** Longest wait for a worker. */
  readonly queueTimeout?: Duration | null;
  /** Between the signal to stop and the kill; 10 s by default. */
  readonly grace?: Duration;
  /** The pool of workers; `default` by default. */
  readonly queue?: string;
}

export interface PipelineOptions<Params extends z.ZodType | JsonSchema | undefined = undefined> {
  readonly description?: string;
  /** A zod object, or a JSON Schema. Unknown params are refused unless it says otherwise. */
  readonly params?: Params;
  readonly modes?: Readonly<
    Record<string, { readonly params?: Readonly<Record<string, unknown>>; readonly stages?: readonly string[]; readonly overlap?: OverlapPolicy }>
  >;
  /** What a start does while a run is live; `skip` by default. */
  readonly overlap?: OverlapPolicy;
  /** The whole run. */
  readonly timeout?: Duration | null;
  readonly schedules?: readonly ScheduleOptions[];
  readonly defaults?: TimingOptions;
}

export interface ScheduleOptions {
  readonly id?: string;
  /** Five fields, or six with seconds first. Of day of the month and weekday, when both are given, either is enough. Either this or `every`. */
  readonly cron?: string;
  readonly every?: Duration;
  /** IANA name; `UTC` by default. */
  readonly timezone?: string;
  readonly overlap?: OverlapPolicy;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly mode?: string;
  /** Only these; the mode's, else all, by default. */
  readonly stages?: readonly string[];
  /** `last` within 15 minutes by default. */
  readonly catchUp?: { readonly policy?: 'none' | 'last' | 'all'; readonly window?: Duration };
}

/** What both kinds of stage may say. */
export interface CommonStageOptions<Needs extends readonly string[]> extends TimingOptions {
  /** Stages defined above whose outputs this one sees, and whose success it waits for. */
  readonly dependsOn?: Needs;
  readonly when?: 'all_succeeded';
  /** What the output must have, for stages without a schema. Not beside `output`. */
  readonly outputs?: { readonly required?: readonly string[]; readonly schema?: JsonSchema };
}

/** Runs a program: an argument list, never a shell text. */
export interface CommandOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Relative to the definition's folder, which is the default; may hold references such as `${{ params.dir }}`. */
  readonly cwd?: string;
  readonly run?: never;
}

/** Runs a function in the worker. */
export interface FunctionOptions<Params, Inputs, Returned> {
  readonly run: (ctx: StageContext<Params, Inputs>) => Returned | Promise<Returned>;
  readonly command?: never;
  readonly env?: never;
  readonly cwd?: never;
}

/** T as it is after a trip through JSON: what a dependant really sees. */
export type Jsonified<T> = unknown extends T
  ? T
  : T extends string | number | boolean | null
    ? T
    : T extends { toJSON(): infer J }
      ? Jsonified<J>
      : T extends undefined | void
        ? null
        : T extends bigint | symbol | ((...args: never[]) => unknown)
          ? never
          : T extends readonly unknown[]
            ? { [K in keyof T]: Jsonified<T[K]> }
            : { [K in keyof T as T[K] extends symbol | ((...args: never[]) => unknown) ? never : K]: JsonifiedField<T[K]> };
/** An absent field stays absent, where an absent array entry or output becomes null. */
type JsonifiedField<T> = Jsonified<Exclude<T, undefined>> | (undefined extends T ? undefined : never);
