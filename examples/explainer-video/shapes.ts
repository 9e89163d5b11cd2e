/** What the stages hand each other. snake_case, as on every wire. */
import type { StageContext } from '@millrace/core';
import { z } from 'zod';

/** Width and height are even, as the video's pixel format needs. */
const RESOLUTIONS = ['320x180', '640x360', '854x480', '1280x720', '1920x1080'] as const;

export const settings = z.object({
  /** Folder of the articles, from this folder. */
  topics: z.string().min(1),
  /** A voice of espeak-ng, such as "en-gb". */
  voice: z.string().regex(/^[A-Za-z][A-Za-z0-9+-]{0,31}$/),
  words_a_minute: z.number().int().min(80).max(300),
  resolution: z.enum(RESOLUTIONS),
  frames_a_second: z.number().int().min(5).max(60),
  /** With the title and the recap. */
  scenes: z.number().int().min(3).max(12),
  /** Spoken words in all; sentences are taken whole, so it comes out near that. */
  words: z.number().int().min(30).max(1_500),
  theme: z.enum(['dark', 'light']),
  /** LUFS of the voice. */
  loudness: z.number().min(-30).max(-9),
});
export type Settings = z.infer<typeof settings>;

export const params = z.object({
  /** A Markdown or text file below the folder `topics` of the configuration. */
  topic: z
    .string()
    .regex(/^[A-Za-z0-9_][\w .-]*(\/[A-Za-z0-9_][\w .-]*)*\.(md|txt)$/)
    .max(255)
    .default('examples/explainer-video/articles/nothing-lost.md'),
  /** A file beside the pipeline. */
  config: z
    .string()
    .regex(/^[A-Za-z0-9_][\w.-]*\.json$/)
    .max(255)
    .default('config.json'),
  voice: settings.shape.voice.optional(),
  resolution: settings.shape.resolution.optional(),
  scenes: settings.shape.scenes.optional(),
  words: settings.shape.words.optional(),
  theme: settings.shape.theme.optional(),
});
export type Params = z.infer<typeof params>;

/** What a stage did without, and what it made instead. */
const degraded = z.object({ stage: z.string(), missing: z.string(), instead: z.string() });
export type Degraded = z.infer<typeof degraded>;

/** An artifact as the next stages read it. Without ids and times: equal work gives an equal output. */
const kept = z.object({
  name: z.string(),
  type: z.string(),
  stage: z.string(),
  sha256: z.string().length(64),
  size: z.number().int(),
  words: z.number().int().optional(),
  scenes: z.number().int().optional(),
  seconds: z.number().optional(),
});
export type Kept = z.infer<typeof kept>;

const code = z.object({ language: z.string(), lines: z.array(z.string()) });

export const outlined = z.object({
  settings,
  topic: z.object({ path: z.string(), sha256: z.string(), words: z.number().int() }),
  title: z.string(),
  /** What comes before the first section. */
  lead: z.array(z.string()),
  sections: z.array(z.object({ heading: z.string(), sentences: z.array(z.string()), code: code.nullable() })).min(1),
  outline: kept,
  degraded: z.array(degraded),
});
export type Outlined = z.infer<typeof outlined>;

const term = z.object({ term: z.string(), weight: z.number() });
export const researched = z.object({
  terms: z.array(term),
  /** Of the lead's sentences. */
  lead: z.array(z.number()),
  /** In the outline's order. `ranks`: of each sentence; `weight`: of its best ones together. */
  sections: z.array(z.object({ ranks: z.array(z.number()), weight: z.number(), terms: z.array(term) })),
  research: kept,
});
export type Researched = z.infer<typeof researched>;

const spokenScene = z.object({
  role: z.enum(['title', 'part', 'recap']),
  heading: z.string().min(1).max(200),
  sentences: z.array(z.string().min(1).max(1_000)).min(1).max(12),
  /** Of the outline; null: of none. */
  section: z.number().int().nullable(),
});
export const scripted = z.object({ scenes: z.array(spokenScene).min(1).max(12), script: kept });
export type Scripted = z.infer<typeof scripted>;

const panel = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('code'), language: z.string(), lines: z.array(z.string()) }),
  z.object({ kind: z.literal('terms'), terms: z.array(term) }),
]);
const shot = z.object({
  scene: z.string(),
  role: spokenScene.shape.role,
  heading: z.string(),
  /** A line above the heading. */
  kicker: z.string(),
  /** A line for each sentence, in order; they appear one after the other. */
  points: z.array(z.string()),
  panel: panel.nullable(),
  /** Planned seconds from the scene's start to each point, and to its end. The voice is not known yet. */
  cues: z.array(z.number()),
  seconds: z.number(),
});
export type Shot = z.infer<typeof shot>;
export const storyboarded = z.object({
  shots: z.array(shot).min(1),
  source: z.string(),
  seconds: z.number(),
  storyboard: kept,
});
export type Storyboarded = z.infer<typeof storyboarded>;

/** `step` 0 is the scene without points. */
const picture = z.object({ scene: z.string(), step: z.number().int(), file: kept });
export const drawn = z.object({
  theme: settings.shape.theme,
  pictures: z.array(picture),
  plan: kept,
  degraded: z.array(degraded),
});
export type Drawn = z.infer<typeof drawn>;

export const animated = z.object({
  scenes: z.array(z.object({ scene: z.string(), seconds: z.number(), file: kept })),
  /** False: the file is a still picture. */
  moving: z.boolean(),
  degraded: z.array(degraded),
});
export type Animated = z.infer<typeof animated>;

/** Checkpoint of the stage that animates. */
export const shelved = z.object({ scenes: z.array(z.object({ key: z.string(), file: kept })) });

const timedScene = z.object({
  scene: z.string(),
  start: z.number(),
  end: z.number(),
  sentences: z.array(z.object({ text: z.string(), start: z.number(), end: z.number() })),
});
export const voiced = z.object({
  voiceover: kept,
  captions: kept,
  scenes: z.array(timedScene).min(1),
  seconds: z.number(),
  words: z.number().int(),
  /** False: it is silent. */
  spoken: z.boolean(),
  degraded: z.array(degraded),
});
export type Voiced = z.infer<typeof voiced>;
export type TimedScene = z.infer<typeof timedScene>;

export const assembled = z.object({ video: kept, playable: z.boolean(), degraded: z.array(degraded) });
export type Assembled = z.infer<typeof assembled>;

/** What of a stage's context the stages here use. */
export type StageTools = Pick<
  StageContext,
  | 'dir'
  | 'stage'
  | 'idempotencyKey'
  | 'fence'
  | 'signal'
  | 'log'
  | 'progress'
  | 'metric'
  | 'artifact'
  | 'readArtifact'
  | 'checkpoint'
  | 'lastCheckpoint'
  | 'feedback'
>;
