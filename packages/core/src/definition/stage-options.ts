import type { z } from 'zod';
import type { Duration, JsonSchema, OnTimeout, OverlapPolicy, Role, TriggerRuleName } from '../domain/index.ts';
import type { StageContext } from './stage-context.ts';

/** When to retry a failed attempt. Intervals are durations: "30s", "5m", or ms. */
export interface RetryOptions {
  readonly initialInterval?: Duration;
  readonly backoffCoefficient?: number;
  readonly maximumInterval?: Duration;
  /** Includes the first attempt. */
  readonly maximumAttempts?: number;
  /** Error codes or names. */
  readonly nonRetryableErrors?: readonly string[];
  /** 0..1: the largest share added to a delay. */
  readonly jitter?: number;
}

/** When and where a stage runs; the pipeline's `defaults` apply to all stages. null: unbounded. */
export interface TimingOptions {
  readonly retry?: RetryOptions;
  /** Limit for one attempt. */
  readonly timeout?: Duration | null;
  /** Longest time a running attempt may go without a heartbeat. */
  readonly heartbeatTimeout?: Duration | null;
  /** Limit for all attempts, including the waits between them. */
  readonly stageTimeout?: Duration | null;
  /** Longest wait for a worker. */
  readonly queueTimeout?: Duration | null;
  /** Time between the stop signal and the kill; 10 s by default. */
  readonly grace?: Duration;
  /** Selects the pool of workers; `default` by default. */
  readonly queue?: string;
}

export interface PipelineOptions<Params extends z.ZodType | JsonSchema | undefined = undefined> {
  readonly description?: string;
  /** A zod object or a JSON Schema. Unknown params are refused unless it allows them. */
  readonly params?: Params;
  readonly modes?: Readonly<
    Record<
      string,
      {
        readonly params?: Readonly<Record<string, unknown>>;
        readonly stages?: readonly string[];
        readonly overlap?: OverlapPolicy;
      }
    >
  >;
  /** How to treat a start while a run is live; `skip` by default. */
  readonly overlap?: OverlapPolicy;
  /** Limit for the whole run. */
  readonly timeout?: Duration | null;
  readonly schedules?: readonly ScheduleOptions[];
  readonly defaults?: TimingOptions;
}

export interface ScheduleOptions {
  readonly id?: string;
  /**
   * Five fields, or six with seconds first. If both day of the month and weekday are given, either is enough. Exclusive
   * with `every`.
   */
  readonly cron?: string;
  readonly every?: Duration;
  /** IANA time zone name; `UTC` by default. */
  readonly timezone?: string;
  readonly overlap?: OverlapPolicy;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly mode?: string;
  /** Run only these stages; by default the mode's, else all. */
  readonly stages?: readonly string[];
  /** By default `last`, within 15 minutes. */
  readonly catchUp?: { readonly policy?: 'none' | 'last' | 'all'; readonly window?: Duration };
}

/** Options of both kinds of stage. */
export interface CommonStageOptions<
  Needs extends readonly string[],
  When extends TriggerRuleName,
  Of extends readonly string[],
> extends TimingOptions {
  /** Earlier stages that this one waits for, and whose outputs it receives. */
  readonly dependsOn?: Needs;
  /**
   * Trigger rule: when the stage runs, by how its dependencies ended; `all_succeeded` by default. Under any other rule
   * the input from a dependency that did not succeed, or has not ended yet, is null.
   */
  readonly when?: When;
  /**
   * Makes it a teardown: it runs when all stages that it depends on have ended and one of these set-ups, which count
   * among them, ran. Its failure fails the run only with `failsRun`. Exclusive with `when`.
   */
  readonly teardown?: { readonly of: Of; readonly failsRun?: boolean };
  /** Asks people before it runs, or on its result. */
  readonly gate?: GateOptions;
  /** Required keys of the output, for stages without a schema. Exclusive with `output`. */
  readonly outputs?: { readonly required?: readonly string[]; readonly schema?: JsonSchema };
}

/** Asks people for a decision. */
export interface GateOptions<Form extends z.ZodType | JsonSchema = z.ZodType | JsonSchema> {
  /** Before the stage runs (the default), or on what it returned; a stage with nothing to run is the gate itself. */
  readonly on?: 'start' | 'result';
  /** False: nobody is asked. */
  readonly required?: boolean;
  /** It approves itself as soon as it is asked, and records what it showed. */
  readonly autoApprove?: boolean;
  /** Longest wait for the decision; needs `onTimeout`. */
  readonly timeout?: Duration;
  readonly onTimeout?: OnTimeout;
  /** The lowest roles that may decide; without them and `approvers`: operator. */
  readonly roles?: readonly Exclude<Role, 'viewer'>[];
  /** Names of tokens that may decide, too. */
  readonly approvers?: readonly string[];
  /** How many different people must approve; 1 by default. */
  readonly quorum?: number;
  /** False: who started the run may not decide. */
  readonly starterMayApprove?: boolean;
  /** When a decision needs notes; `on_reject` by default. */
  readonly notes?: 'optional' | 'on_reject' | 'always';
  /** Schema of the values that an approval may carry. */
  readonly form?: Form;
  /** Stages whose gates must be approved before this one can be. */
  readonly dependsOn?: readonly string[];
  /** CEL over `params` and `outputs` (of the dependencies, and of a result): false, and nobody is asked. */
  readonly when?: string;
  /** CEL over the same: true approves, false rejects, `ask` asks people. */
  readonly auto?: string;
  /** What happens while nobody decides. Never moves the deadline. */
  readonly escalate?: readonly {
    /** From the opening. */
    readonly after: Duration;
    /** Whom or what a reminder is for. */
    readonly notify?: string;
    /** Names of tokens that may decide from then on. */
    readonly addApprovers?: readonly string[];
  }[];
  /** Whether the run keeps its overlap lock while it only waits at gates. */
  readonly holdsOverlap?: true;
}

/** Runs nothing: the stage is its gate, and its output the values of the form, or null. */
export interface GateStageOptions<Form extends z.ZodType> {
  readonly gate: GateOptions<Form>;
  readonly run?: never;
  readonly command?: never;
  readonly env?: never;
  readonly cwd?: never;
  readonly output?: never;
  readonly outputs?: never;
}

/** Runs a program: an argument list, never a shell string. */
export interface CommandOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Relative to the definition's folder (the default); may contain references such as `${{ params.dir }}`. */
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

/** What a stage receives of the outputs so far. */
export type InputsOf<
  Outputs,
  Needs extends readonly (keyof Outputs)[],
  When extends TriggerRuleName,
  Of extends readonly (keyof Outputs)[],
> = [When, Of] extends ['all_succeeded', readonly []]
  ? Pick<Outputs, Needs[number]>
  : { readonly [Need in Needs[number] | Of[number]]: Outputs[Need] | null };

/** T after a round trip through JSON, as a dependant sees it. */
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
            : {
                [K in keyof T as T[K] extends symbol | ((...args: never[]) => unknown) ? never : K]: JsonifiedField<
                  T[K]
                >;
              };
/** An absent field stays absent; an absent array entry or output becomes null. */
type JsonifiedField<T> = Jsonified<Exclude<T, undefined>> | (undefined extends T ? undefined : never);
