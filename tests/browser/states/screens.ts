/** Every screen, and what a reader must find on it in each state: the table that the tests beside it go through. */
import { button, chosen, type Fact, gone, item, labelled, link, row, says, within } from './facts.ts';

/** Of what the addresses are. */
export interface Ground {
  readonly runId: string;
  readonly stage: string;
  readonly pipeline: string;
  readonly schedule: string;
  /** Of a run of `gated`; '' where there is none. */
  readonly gate: string;
}
interface Screen {
  readonly at: (ground: Ground) => string;
  /** Nothing has happened yet. */
  readonly empty: readonly Fact[];
  /** A run of `slow` is in its stage `wait`; its schedule `often` is due meanwhile. */
  readonly busy: readonly Fact[];
  /** The same document after that stage has ended; none: nothing on the screen changes with runs. */
  readonly moved: readonly Fact[];
  /** A run of `failing` failed in its stage `load`, started by its schedule `broken`, which was paused for that. */
  readonly failing: readonly Fact[];
  /** There was no Redis when it was opened. */
  readonly unread: readonly Fact[];
}

const UNSERVED = says('No worker serves queue default');
const RUN_UNREAD = [says('Could not load this run')];

export const SCREENS = {
  overview: {
    at: () => '/',
    empty: [says('No pipelines yet: create your first in three steps')],
    busy: [link(/^Live run .* of slow: running/), says('1/3 stages')],
    moved: [link(/^succeeded, /)],
    failing: [link('See the run of failing')],
    unread: [says('Could not load the pipelines')],
  },
  runs: {
    at: () => '/runs',
    empty: [says('No runs yet')],
    busy: [row(/^running *slow/)],
    moved: [row(/^succeeded *slow/)],
    failing: [row(/^failed *failing.*fatal: 20 rows loaded, 1 refused/s)],
    unread: [says('Could not load the runs')],
  },
  'run: graph': {
    at: ({ runId }) => `/runs/${runId}`,
    empty: [UNSERVED, button(/^prepare queued/), button(/^wait pending/)],
    busy: [button(/^wait running/)],
    moved: [button(/^finish succeeded/)],
    failing: [
      button(/^load failed/),
      says('load failed in attempt 2'),
      says(/^command_failed.*20 rows loaded, 1 refused$/),
      labelled('Last lines of load', 'connecting to warehouse.example:5432'),
    ],
    unread: RUN_UNREAD,
  },
  'run: timeline': {
    at: ({ runId }) => `/runs/${runId}?tab=timeline`,
    empty: [UNSERVED, item(/prepare.*in the queue .* until now/)],
    busy: [item(/wait.*attempt 1 running .* until now/)],
    moved: [item(/finish.*attempt 1 succeeded/)],
    failing: [item(/load.*attempt 1 failed.*backoff, then waiting for a worker.*attempt 2 failed/)],
    unread: RUN_UNREAD,
  },
  'run: events': {
    at: ({ runId }) => `/runs/${runId}?tab=events`,
    empty: [UNSERVED, says('1 event'), row(/run\.created/)],
    busy: [row(/stage\.progress.*beat \d+/)],
    moved: [row(/run\.succeeded/)],
    failing: [row(/load.*stage\.retrying/), row(/run\.failed.*node ended with exit code 3/)],
    unread: RUN_UNREAD,
  },
  'run: logs': {
    at: ({ runId }) => `/runs/${runId}?tab=logs`,
    empty: [UNSERVED, says('No lines yet')],
    busy: [within('region', /^Lines of wait/, /^beat \d+$/)],
    moved: [says(/lines: the attempt has ended/)],
    failing: [
      says('27 lines: the attempt has ended.'),
      within('region', /^Lines of load/, /20 rows loaded, 1 refused/),
    ],
    unread: RUN_UNREAD,
  },
  'run: artifacts': {
    at: ({ runId }) => `/runs/${runId}?tab=artifacts`,
    empty: [UNSERVED, says('Artifacts appear here when the attempt that stored them ends.')],
    busy: [says('Artifacts appear here when the attempt that stored them ends.')],
    moved: [says('No stage of this run stored any.')],
    failing: [says('No stage of this run stored any.'), says('load failed in attempt 2')],
    unread: RUN_UNREAD,
  },
  'run: details': {
    at: ({ runId }) => `/runs/${runId}?tab=details`,
    empty: [UNSERVED, says('No outputs yet.')],
    busy: [within('group', 'Output of prepare', 'ready')],
    moved: [within('group', 'Output of finish', 'done')],
    failing: [
      within('region', /^Error of load, attempt 1/, /duplicate key/),
      within('region', /^Error of load, attempt 2/, /duplicate key/),
    ],
    unread: RUN_UNREAD,
  },
  'run: a stage': {
    at: ({ runId, stage }) => `/runs/${runId}?stage=${stage}`,
    empty: [UNSERVED, within('complementary', /^Stage /, 'No attempts yet.')],
    busy: [within('complementary', 'Stage wait', /beat \d+/), row(/^1.*running/)],
    moved: [within('region', 'Attempts of wait', /succeeded/), within('complementary', 'Stage wait', /"told": true/)],
    failing: [
      row(/^2.*failed.*command_failed/),
      row(/^1.*failed.*command_failed/),
      within('complementary', 'Stage load', /1 refused/),
    ],
    unread: RUN_UNREAD,
  },
  pipeline: {
    at: ({ pipeline }) => `/pipelines/${pipeline}`,
    empty: [says('No runs yet: start one, or wait for a schedule.'), says('none yet')],
    busy: [
      within('region', 'Recent runs', 'running'),
      button('Stop the live run of slow'),
      within('region', 'Latest events', 'wait: stage started'),
    ],
    moved: [
      within('region', 'Recent runs', 'succeeded'),
      within('region', 'Health', '100 %'),
      within('region', 'Latest events', 'run succeeded'),
    ],
    failing: [within('region', 'Recent runs', 'failed'), within('region', 'Health', '0 %'), says('schedule paused')],
    unread: [says('Could not load the pipeline')],
  },
  start: {
    at: ({ pipeline, runId }) => `/pipelines/${pipeline}/start?from=${runId}`,
    empty: [says('This pipeline takes no params.'), button('Check only')],
    busy: [says('A run is live: another start is refused')],
    moved: [gone('A run is live: another start is refused'), button('Check only')],
    failing: [says(/^With the params of run/), button('Check only')],
    unread: [says('Could not load the pipeline')],
  },
  schedules: {
    at: () => '/schedules',
    empty: [says('No schedules yet')],
    busy: [row(/^often.*skipped.*a run was live/)],
    moved: [row(/^often.*fired.*its run/)],
    failing: [row(/^broken.*paused.*by admin.*“it fails”/)],
    unread: [says('Could not load the schedules')],
  },
  schedule: {
    at: ({ schedule }) => `/schedules/${schedule}`,
    empty: [within('region', 'Past ticks', /^No ticks yet/), says('active')],
    busy: [within('region', 'Past ticks', 'a run was live')],
    moved: [within('region', 'Past ticks', 'fired')],
    failing: [says('“it fails”'), within('region', 'Past ticks', 'its run')],
    unread: [says('Could not load the schedule')],
  },
  approvals: {
    at: () => '/approvals',
    empty: [says('No gate waits for a decision')],
    busy: [row(/review.*gated.*then it is rejected.*yes/)],
    moved: [],
    failing: [says('No gate waits for a decision')],
    unread: [says('Could not load the gates')],
  },
  gate: {
    at: ({ gate }) => `/approvals/${gate === '' ? 'none' : gate}`,
    empty: [says('There is no such gate')],
    busy: [within('region', 'Output of draft', /Rivers/), button('Approve'), button('Reject')],
    moved: [],
    failing: [within('region', 'Decision', 'rejected'), says('it is wrong')],
    unread: [says('Could not load the gate')],
  },
  'new schedule': {
    at: ({ pipeline }) => `/schedules/~new${pipeline === '' ? '' : `?pipeline=${pipeline}`}`,
    empty: [says('No pipelines yet')],
    busy: [chosen('Pipeline', 'slow'), says('Every 15 minutes')],
    moved: [],
    failing: [chosen('Pipeline', 'failing'), says('Every 15 minutes')],
    unread: [says('Could not load the pipelines'), says('No preview')],
  },
  system: {
    at: () => '/system',
    empty: [says('No workers are running, so no stage can run.'), says('No queues yet'), says('No locks held.')],
    busy: [
      within('region', 'Workers', 'wait'),
      within('region', 'Locks', 'slow'),
      within('region', 'Queues', 'active 1'),
    ],
    moved: [within('region', 'Workers', 'nothing'), says('No locks held.')],
    failing: [says('pipeline failing is failing')],
    unread: [
      says(/^(Could not load the health|Cannot load the health: Redis is unavailable\.)$/),
      says(/^(Could not load the workers|Cannot load the workers: Redis is unavailable\.)$/),
    ],
  },
} as const satisfies Readonly<Record<string, Screen>>;

export type ScreenName = keyof typeof SCREENS;
export const NAMES = Object.keys(SCREENS) as readonly ScreenName[];
/** Those that a deployment without any pipeline can show; of the others one must exist. */
export const OF_NO_PIPELINE: readonly ScreenName[] = [
  'overview',
  'runs',
  'approvals',
  'schedules',
  'new schedule',
  'system',
];
