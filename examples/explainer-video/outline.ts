/** Stage "outline": the article's title and sections, by its headings. */
import { createHash } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { basename, isAbsolute, relative, resolve } from 'node:path';
import { NonRetryableError } from '@millrace/core';
import { z } from 'zod';
import { keep } from './kept.ts';
import { type Degraded, type Outlined, type Params, type Settings, settings, type StageTools } from './shapes.ts';
import { readArticle, type Section } from './text/markdown.ts';
import { keyTerms } from './text/rank.ts';
import { wordCount } from './text/sentences.ts';

const MOST_BYTES = 128 * 1_024;
const CODE_LINES = 12;
const CODE_COLUMNS = 120;

export const outline = async (tools: StageTools, params: Params): Promise<Outlined> => {
  const chosen = await settingsOf(tools.dir, params);
  const text = await topicOf(resolve(tools.dir, chosen.topics), params.topic);
  const article = readArticle(text);
  const degraded: Degraded[] = [];
  const without = (missing: string, instead: string): void => {
    degraded.push({ stage: 'outline', missing, instead });
    tools.log(`without ${missing}: ${instead}`);
  };

  if (article.title === null) without('a title in the topic', "the file's name");
  const title = article.title ?? titleOf(params.topic);
  const lead = article.sections.filter(({ heading }) => heading === null).flatMap(({ sentences }) => sentences);
  let sections = article.sections.filter(({ heading, sentences }) => heading !== null && sentences.length > 0);
  if (sections.length === 0) {
    without('headings in the topic', 'parts of equal length, called by their key words');
    sections = partsOf(lead, chosen.scenes - 2);
  }
  if (sections.length === 0)
    throw new NonRetryableError(`${params.topic} has no sentence that could be spoken: it needs whole sentences`);

  const lines = [
    title,
    '',
    ...sections.map(
      ({ heading, sentences }, at) =>
        `${at + 1}. ${heading} (${sentences.length} sentences, ${wordCount(sentences.join(' '))} words)`,
    ),
  ];
  const words = wordCount([...lead, ...sections.flatMap(({ sentences }) => sentences)].join(' '));
  return {
    settings: chosen,
    topic: { path: params.topic, sha256: createHash('sha256').update(text).digest('hex'), words },
    title,
    lead: article.sections.length > 0 && sections[0]!.level === 0 ? [] : lead,
    sections: sections.map(({ heading, sentences, code }) => ({
      heading: heading!,
      sentences: [...sentences],
      code: code && {
        language: code.language,
        lines: code.lines.slice(0, CODE_LINES).map((line) => line.slice(0, CODE_COLUMNS)),
      },
    })),
    outline: await keep(tools, 'outline.txt', 'outline', `${lines.join('\n')}\n`, { words }),
    degraded,
  };
};

/** The configuration file, with what the run's params name instead. */
const settingsOf = async (dir: string, { config, topic: _topic, ...chosen }: Params): Promise<Settings> => {
  const written = await readFile(resolve(dir, config), 'utf8').catch((cause: Error) => {
    throw new NonRetryableError(`the configuration ${config} cannot be read: ${cause.message}`);
  });
  try {
    return settings.strict().parse({ ...(JSON.parse(written) as object), ...definedOf(chosen) });
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new NonRetryableError(`the configuration ${config} is not valid: ${why}`);
  }
};

const definedOf = (values: object): object =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** @throws NonRetryableError if it is not a file below the folder, links resolved */
const topicOf = async (folder: string, topic: string): Promise<string> => {
  const refuse = (why: string): never => {
    throw new NonRetryableError(`the topic ${topic} cannot be read: ${why}`);
  };
  try {
    const root = await realpath(folder);
    const path = await realpath(resolve(root, topic));
    const way = relative(root, path);
    if (way.startsWith('..') || isAbsolute(way)) return refuse('it leads out of the folder of topics');
    const file = await stat(path);
    if (!file.isFile()) return refuse('it is not a file');
    if (file.size > MOST_BYTES) return refuse(`it has ${file.size} bytes, more than ${MOST_BYTES}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof NonRetryableError) throw error;
    return refuse((error as Error).message);
  }
};

const titleOf = (path: string): string => {
  const words = basename(path)
    .replace(/\.\w+$/, '')
    .replace(/[-_.]+/g, ' ')
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A text without headings, cut into parts of about as many words each. */
const partsOf = (sentences: readonly string[], count: number): Section[] => {
  const total = wordCount(sentences.join(' '));
  const parts: string[][] = [];
  let words = 0;
  for (const sentence of sentences) {
    const at = Math.min(count - 1, Math.floor((words / total) * count));
    (parts[at] ??= []).push(sentence);
    words += wordCount(sentence);
  }
  const filled = parts.filter((part) => part !== undefined);
  const terms = keyTerms(
    filled.map((part) => part.join(' ')),
    2,
  );
  return filled.map((part, at) => ({
    heading: headingOf(terms[at]!.map(({ term }) => term)) || `Part ${at + 1}`,
    level: 0,
    sentences: part,
    code: null,
  }));
};

const headingOf = (terms: readonly string[]): string => {
  const text = terms.join(' and ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};
