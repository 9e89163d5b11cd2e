import {
  evolveRun,
  isTerminalStage,
  type RunEvent,
  type RunId,
  type StageName,
  type StageRun,
} from '@millrace/core/domain';
import { everyStage } from '@millrace/core/engine';
import type { Readings, StagePage } from '@millrace/core/ports';
import { FIRST_STAGES } from '../routes/lookups.ts';
import { stillThere } from '../still-there.ts';
import type { Spool, SpooledText } from './spool.ts';

/** Events read at a time. */
const PAGE = 200;

/** The run's events after a seq and up to another, in order, a page at a time. */
export async function* eventsUpTo(
  store: Readings,
  runId: RunId,
  afterSeq: number,
  lastSeq: number,
): AsyncGenerator<readonly RunEvent[], void> {
  for (let at = afterSeq; at < lastSeq; ) {
    const limit = Math.min(PAGE, lastSeq - at);
    const events = stillThere(await store.events(runId, { afterSeq: at, limit }), runId);
    // The log has no gaps, and is removed with its run.
    const last = stillThere(events.at(-1) ?? null, runId);
    yield events;
    at = last.seq;
  }
}

/** Pages of stages as they were read, each with the event it is as of. */
export interface ReadStages {
  /** As of the last page. */
  readonly run: StagePage['run'];
  readonly pages: readonly SpooledText[];
}

/** Reads every stage, a page at a time. A live run goes on meanwhile: `stagesAt` brings the pages to one event. */
export const readStages = async (
  store: Readings,
  runId: RunId,
  spool: Spool,
  signal: AbortSignal,
): Promise<ReadStages> => {
  const pages: SpooledText[] = [];
  for (let after: number | null = null; ; ) {
    signal.throwIfAborted();
    const page: StagePage = stillThere(await store.stages(runId, { ...FIRST_STAGES, after }), runId);
    const text = spool.text();
    await text.append(JSON.stringify(page));
    pages.push(text);
    after = page.nextAfter;
    if (after === null) return { run: page.run, pages };
  }
};

/** The stages as of the run's last event, a page at a time: each page, and what happened to its stages since. */
export async function* stagesAt(
  store: Readings,
  { run, pages }: ReadStages,
  signal: AbortSignal,
): AsyncGenerator<readonly StageRun[], void> {
  for (const text of pages) {
    signal.throwIfAborted();
    const page = JSON.parse(await textOf(text)) as StagePage;
    yield page.run.lastSeq === run.lastSeq ? page.items : await broughtUpTo(store, page, run.lastSeq);
  }
}

const broughtUpTo = async (store: Readings, page: StagePage, lastSeq: number): Promise<readonly StageRun[]> => {
  const { runId } = page.run;
  let state = { ...page.run, stages: page.items };
  for await (const events of eventsUpTo(store, runId, page.run.lastSeq, lastSeq)) {
    const known = new Set<string>(state.stages.map(({ stage }) => stage));
    const others = new Set(events.map(({ stage }) => stage).filter((name) => name !== 'pipeline' && !known.has(name)));
    state = evolveRun({ ...state, stages: [...state.stages, ...[...others].map(ofAnotherPage)] }, events);
  }
  const stages = state.stages.slice(0, page.items.length);
  return withOutputs(store, runId, page.items, stages);
};

/** Events do not carry outputs: those of stages that ended since the page was read are read again. */
const withOutputs = async (
  store: Readings,
  runId: RunId,
  before: readonly StageRun[],
  after: readonly StageRun[],
): Promise<readonly StageRun[]> => {
  const names = after
    .filter((stage, place) => isTerminalStage(stage.status) && stage.status !== before[place]!.status)
    .map(({ stage }) => stage);
  if (names.length === 0) return after;
  const now = new Map<StageName, StageRun>();
  for await (const stage of everyStage(store, runId, { names, outputs: true })) now.set(stage.stage, stage);
  return after.map((stage) => {
    const read = now.get(stage.stage);
    return read?.fence === stage.fence && read.status === stage.status ? { ...stage, output: read.output } : stage;
  });
};

/** Takes the events of a stage of another page; it is left out of the result. */
const ofAnotherPage = (name: string): StageRun => ({
  stage: name as StageName,
  status: 'pending',
  generation: 1,
  attempt: 0,
  queue: '',
  provenance: 'ran',
  reusedFrom: null,
  queuedAt: null,
  waitingFor: null,
  startedAt: null,
  finishedAt: null,
  durationMs: null,
  nextAttemptAt: null,
  worker: null,
  fence: 0,
  output: null,
  error: null,
  attempts: [],
});

const textOf = async (text: SpooledText): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of text.bytes()) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
};
