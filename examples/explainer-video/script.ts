/** Stage "script": the sentences that are spoken, scene by scene, in the article's own words and order. */
import { feedbackOf, withinLimits } from './feedback.ts';
import { keep } from './kept.ts';
import type { Outlined, Researched, Scripted, StageTools } from './shapes.ts';
import { chooseSentences } from './text/choose.ts';
import { wordCount } from './text/sentences.ts';

type Scene = Scripted['scenes'][number];
export interface Wanted {
  readonly scenes: number;
  readonly words: number;
  /** Lower-case words of headings that are left out. */
  readonly without: readonly string[];
}

export const script = async (tools: StageTools, outlined: Outlined, researched: Researched): Promise<Scripted> => {
  const asked = feedbackOf(tools, ['length', 'words', 'scenes', 'without']);
  const wanted = {
    scenes: withinLimits('scenes', asked.scenes ?? outlined.settings.scenes),
    words: withinLimits('words', (asked.words ?? outlined.settings.words) * asked.length),
    without: asked.without,
  };
  const scenes = scenesOf(outlined, researched, wanted);
  const words = wordsOf(scenes);
  if (scenes.length < wanted.scenes)
    tools.log(`${scenes.length} scenes instead of ${wanted.scenes}: the topic has no more sections`);
  const text = scriptText(outlined.title, scenes, outlined.settings.words_a_minute);
  return { scenes, script: await keep(tools, 'script.txt', 'script', text, { words, scenes: scenes.length }) };
};

export const scenesOf = (outlined: Outlined, researched: Researched, { scenes, words, without }: Wanted): Scene[] => {
  const weights = researched.sections.map(({ weight }, at) => ({ weight, at }));
  const isLeftOut = (at: number): boolean =>
    without.some((some) => outlined.sections[at]!.heading.toLowerCase().includes(some));
  const remaining = weights.filter(({ at }) => !isLeftOut(at));
  // A video about nothing is no answer to notes.
  const parts = (remaining.length === 0 ? weights : remaining)
    .sort((a, b) => b.weight - a.weight || a.at - b.at)
    .slice(0, scenes - 2)
    .map(({ at }) => at)
    .sort((a, b) => a - b);
  const share = words / (parts.length + 1);
  const title: Scene = { role: 'title', heading: outlined.title, sentences: [], section: null };
  title.sentences = [ended(outlined.title), ...openingOf(outlined.lead, share)];
  const recap: Scene = {
    role: 'recap',
    heading: 'In short',
    sentences: [`In short: ${parts.map((at) => outlined.sections[at]!.heading.replace(/[.:;]$/, '')).join('; ')}.`],
    section: null,
  };
  const budget = (words - wordsOf([title, recap])) / parts.length;
  return [
    title,
    ...parts.map((at) => {
      const { heading, sentences } = outlined.sections[at]!;
      const chosen = chooseSentences(sentences, researched.sections[at]!.ranks, { words: budget, most: 4 });
      return { role: 'part' as const, heading, sentences: chosen, section: at };
    }),
    recap,
  ];
};

/** An article's first sentences are written to be its opening. */
const openingOf = (lead: readonly string[], words: number): string[] =>
  lead.slice(0, 2).filter((_sentence, at, all) => at === 0 || wordCount(all.join(' ')) <= words);

export const wordsOf = (scenes: readonly Pick<Scene, 'sentences'>[]): number =>
  wordCount(scenes.flatMap(({ sentences }) => sentences).join(' '));

export const scriptText = (title: string, scenes: readonly Scene[], wordsAMinute: number): string => {
  const words = wordsOf(scenes);
  const parts = scenes.map(({ heading, sentences }, at) => `${at + 1}. ${heading}\n\n${sentences.join('\n')}\n`);
  const seconds = Math.round((words / wordsAMinute) * 60);
  return [`${title}\n${words} words, ${scenes.length} scenes, about ${seconds} s\n`, ...parts].join('\n');
};

const ended = (title: string): string => (/[.!?]$/.test(title) ? title : `${title}.`);
