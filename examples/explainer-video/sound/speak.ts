/** Sentences as sound: by espeak-ng, or silence as long as they would take. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, run } from '../program.ts';
import type { Degraded, Settings } from '../shapes.ts';
import { spokenSeconds } from '../storyboard.ts';
import { spokenForm } from './spoken-form.ts';
import { readWav, silence, type Sound, trimmed } from './wav.ts';

/** What espeak-ng writes. */
export const RATE = 22_050;

export interface Voice {
  speak(sentence: string): Promise<Sound>;
  readonly degraded: Omit<Degraded, 'stage'> | null;
}

export const voiceOf = (
  settings: Pick<Settings, 'voice' | 'words_a_minute'>,
  folder: string,
  signal: AbortSignal,
): Voice => {
  const espeak = findProgram('espeak-ng');
  if (espeak === null)
    return {
      speak: async (sentence) => silence(RATE, spokenSeconds(sentence, settings.words_a_minute)),
      degraded: { missing: 'espeak-ng', instead: 'silence of the length that the sentences would take' },
    };
  const words = ['-v', settings.voice, '-s', String(settings.words_a_minute), '-w', 'sentence.wav', '--stdin'];
  return {
    speak: async (sentence) => {
      // By standard input: a sentence is never taken for an option.
      await run(espeak, words, { cwd: folder, signal, input: spokenForm(sentence) });
      return trimmed(readWav(await readFile(join(folder, 'sentence.wav'))));
    },
    degraded: null,
  };
};
