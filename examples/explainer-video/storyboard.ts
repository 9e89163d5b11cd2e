/** Stage "storyboard": the shot list. What each scene shows, and when each of its lines appears. */
import { feedbackOf } from './feedback.ts';
import { createHash } from 'node:crypto';
import { keep } from './kept.ts';
import type { Outlined, Researched, Scripted, Shot, Storyboarded, StageTools } from './shapes.ts';
import { scriptText, wordsOf } from './script.ts';
import { AFTER_SCENE, AT_END, BEFORE_SCENE, BETWEEN_SENTENCES } from './sound/pauses.ts';
import { wordCount } from './text/sentences.ts';
import type { CodeBlock } from './text/markdown.ts';
import type { Requests } from './text/requests.ts';
import { shorten } from './text/shorten.ts';

const LINE = 90;
const OPENING_LINE = 110;
const TERMS = 5;

interface Look {
  /** Letters of a point. */
  readonly line: number;
  readonly without: Requests['panels'];
}
type Terms = Researched['terms'];

export interface Sources {
  readonly outlined: Outlined;
  readonly researched: Researched;
  readonly scripted: Scripted;
}

export const storyboard = async (tools: StageTools, sources: Sources): Promise<Storyboarded> => {
  const { scenes } = sources.scripted;
  await keepEdited(tools, sources);
  const { length, panels } = feedbackOf(tools, ['length', 'panels']);
  const look = { line: Math.round(LINE * length), without: panels };
  const shots = scenes.map((scene, at) => shotOf(sources, scene, at, look));
  const seconds = rounded(shots.reduce((sum, shot) => sum + shot.seconds, 0));
  const board = { source: sources.outlined.topic.path, seconds, shots };
  const kept = await keep(tools, 'storyboard.json', 'storyboard', `${JSON.stringify(board, null, 2)}\n`, {
    scenes: shots.length,
    seconds,
  });
  return { ...board, storyboard: kept };
};

/** What was edited at the gate is not the text that the stage before stored. */
const keepEdited = async (tools: StageTools, { outlined, scripted }: Sources): Promise<void> => {
  const text = scriptText(outlined.title, scripted.scenes, outlined.settings.words_a_minute);
  if (createHash('sha256').update(text).digest('hex') === scripted.script.sha256) return;
  tools.log('the script was edited');
  await keep(tools, 'script.txt', 'script', text, { words: wordsOf(scripted.scenes), scenes: scripted.scenes.length });
};

const shotOf = (
  { outlined, researched, scripted }: Sources,
  { role, heading, sentences, section }: Scripted['scenes'][number],
  at: number,
  look: Look,
): Shot => {
  const isLast = at === scripted.scenes.length - 1;
  const spoken = timed(sentences, outlined.settings.words_a_minute, isLast);
  const base = { scene: sceneName(at), role, heading, ...spoken };
  if (role === 'title') {
    // The title itself is spoken first and stands there from the start.
    const [first = 0, ...cues] = spoken.cues;
    const points = sentences.slice(1).map((sentence) => shorten(sentence, OPENING_LINE));
    return {
      ...base,
      kicker: 'Explainer',
      points,
      panel: null,
      cues: points.length === 0 ? [] : [first, ...cues].slice(1),
    };
  }
  if (role === 'recap') {
    const points = scripted.scenes
      .filter((scene) => scene.role === 'part')
      .map((scene) => shorten(scene.heading, LINE));
    const [start = 0] = spoken.cues;
    const step = (spoken.seconds - start - AFTER_SCENE) / Math.max(1, points.length);
    return {
      ...base,
      kicker: 'Recap',
      points,
      panel: null,
      cues: points.map((_, place) => rounded(start + place * step)),
    };
  }
  const parts = scripted.scenes.filter((scene) => scene.role === 'part').length;
  const about = section === null ? null : outlined.sections[section];
  const terms = section === null ? [] : (researched.sections[section]?.terms ?? []);
  return {
    ...base,
    kicker: `Part ${at} of ${parts}`,
    points: sentences.map((sentence) => shorten(sentence, look.line)),
    panel: panelOf(about?.code ?? null, terms.slice(0, TERMS), look),
  };
};

const panelOf = (code: CodeBlock | null, terms: Terms, { without }: Look): Shot['panel'] => {
  if (code !== null && !without.includes('code'))
    return { kind: 'code', language: code.language, lines: [...code.lines] };
  return terms.length === 0 || without.includes('terms') ? null : { kind: 'terms', terms };
};

export const sceneName = (at: number): string => `scene_${String(at).padStart(3, '0')}`;

/** By the number of words: the voice comes later, and the assembly fits the pictures to it. */
const timed = (
  sentences: readonly string[],
  wordsAMinute: number,
  isLast: boolean,
): { cues: number[]; seconds: number } => {
  const cues: number[] = [];
  let now = BEFORE_SCENE;
  for (const sentence of sentences) {
    cues.push(rounded(now));
    now += spokenSeconds(sentence, wordsAMinute) + BETWEEN_SENTENCES;
  }
  return { cues, seconds: rounded(now - BETWEEN_SENTENCES + AFTER_SCENE + (isLast ? AT_END : 0)) };
};

/** A voice takes longer for long words. */
export const spokenSeconds = (sentence: string, wordsAMinute: number): number =>
  ((wordCount(sentence) / 2.3 + sentence.length / 13.4) / wordsAMinute) * 60;

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;
