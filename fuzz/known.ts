import type { Random } from './random.ts';

/** What the deployment has, so that cases reach beyond "there is no such run". */
export interface Known {
  readonly live: string;
  readonly ended: readonly string[];
  readonly pipelines: readonly string[];
  readonly stages: readonly string[];
  readonly schedules: readonly string[];
  readonly artifacts: readonly string[];
  /** The run whose artifacts those are. */
  readonly artifactsOf: string;
  /** `name=value` of a session. */
  readonly cookie: string;
  readonly token: string;
}

/** A value of the deployment for a field of that name; undefined: it has none. */
export const knownValue = (known: Known, name: string, random: Random): string | undefined => {
  switch (name) {
    case 'run_id':
      return random.pick([...known.ended, known.live]);
    case 'pipeline':
      return random.pick(known.pipelines);
    case 'stage':
    case 'stages':
      return random.pick(known.stages);
    case 'schedule_id':
      return random.pick(known.schedules);
    case 'artifact_id':
      return known.artifacts.length > 0 ? random.pick(known.artifacts) : undefined;
    case 'cron':
      return random.pick(['*/15 * * * *', '0 3 * * MON-FRI', '30 6 29 2 1', '@daily']);
    case 'every':
      return random.pick(['15m', '1h', '90s']);
    case 'timezone':
      return random.pick(['UTC', 'Europe/Berlin', 'America/New_York']);
    case 'mode':
      return 'quick';
    case 'token':
      return known.token;
    default:
      return undefined;
  }
};
