/** Stage "audio": the script as one voice-over, and captions by the times at which each sentence is heard. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { feedbackOf, withinLimits } from './feedback.ts';
import { keep } from './kept.ts';
import { findProgram, run } from './program.ts';
import type { Degraded, Outlined, Scripted, StageTools, TimedScene, Voiced } from './shapes.ts';
import { captionsOf, toSrt } from './sound/captions.ts';
import { loudnessOf, SILENT } from './sound/loudness.ts';
import { AFTER_SCENE, AT_END, BEFORE_SCENE, BETWEEN_SENTENCES } from './sound/pauses.ts';
import { RATE, type Voice, voiceOf } from './sound/speak.ts';
import { joined, secondsOf, silence, type Sound, writeWav } from './sound/wav.ts';
import { wordsOf } from './script.ts';
import { sceneName } from './storyboard.ts';
import { inWorkFolder } from './work-folder.ts';

const PEAK = 0.84;

export const audio = (tools: StageTools, outlined: Outlined, { scenes }: Scripted): Promise<Voiced> =>
  inWorkFolder(tools, async (folder) => {
    const asked = feedbackOf(tools, ['speed', 'voice']);
    const settings = {
      words_a_minute: withinLimits('words_a_minute', outlined.settings.words_a_minute * asked.speed),
      voice: asked.voice ?? outlined.settings.voice,
    };
    const voice = voiceOf(settings, folder, tools.signal);
    const { sound, timed } = await voiceOver(voice, scenes, tools);
    const degraded: Degraded[] = voice.degraded === null ? [] : [{ stage: 'audio', ...voice.degraded }];
    const ffmpeg = findProgram('ffmpeg');
    if (ffmpeg === null) degraded.push({ stage: 'audio', missing: 'ffmpeg', instead: 'WAV as it was spoken, not MP3' });
    for (const { missing, instead } of degraded) tools.log(`without ${missing}: ${instead}`);

    const wav = writeWav(sound);
    const name = ffmpeg === null ? 'voiceover.wav' : 'voiceover.mp3';
    if (ffmpeg !== null) {
      await writeFile(join(folder, 'voiceover.wav'), wav);
      await encode(ffmpeg, outlined.settings.loudness, { cwd: folder, signal: tools.signal });
    }
    const bytes = ffmpeg === null ? wav : await readFile(join(folder, name));
    const [seconds, words] = [rounded(secondsOf(sound)), wordsOf(scenes)];
    const captions = captionsOf(timed);
    tools.log(`${words} words in ${seconds} s, ${captions.length} captions`);
    return {
      voiceover: await keep(tools, name, 'voiceover', bytes, { words, seconds }),
      captions: await keep(tools, 'captions.srt', 'captions', toSrt(captions), { words, seconds }),
      scenes: timed,
      seconds,
      words,
      spoken: voice.degraded === null,
      degraded,
    };
  });

const voiceOver = async (
  voice: Voice,
  scenes: Scripted['scenes'],
  tools: Pick<StageTools, 'progress'>,
): Promise<{ sound: Sound; timed: TimedScene[] }> => {
  const sounds: Sound[] = [];
  let samples = 0;
  const now = (): number => rounded(samples / RATE);
  const add = (sound: Sound): void => {
    sounds.push(sound);
    samples += sound.samples.length;
  };
  const timed: TimedScene[] = [];
  for (const [at, { sentences }] of scenes.entries()) {
    const scene: TimedScene = { scene: sceneName(at), start: now(), end: 0, sentences: [] };
    add(silence(RATE, BEFORE_SCENE));
    for (const [place, text] of sentences.entries()) {
      if (place > 0) add(silence(RATE, BETWEEN_SENTENCES));
      const start = now();
      add(await voice.speak(text));
      scene.sentences.push({ text, start, end: now() });
    }
    add(silence(RATE, AFTER_SCENE + (at === scenes.length - 1 ? AT_END : 0)));
    timed.push({ ...scene, end: now() });
    tools.progress((at + 1) / scenes.length, `${at + 1} of ${scenes.length} scenes`);
  }
  return { sound: joined(RATE, sounds), timed };
};

/** What goes beyond the highest peak is limited, which takes loudness away: it is measured and given back. */
const encode = async (ffmpeg: string, wanted: number, options: { cwd: string; signal: AbortSignal }): Promise<void> => {
  const { integrated } = await loudnessOf(ffmpeg, 'voiceover.wav', options);
  let gain = integrated > SILENT ? wanted - integrated : 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const filter = `volume=${gain.toFixed(2)}dB,alimiter=limit=${PEAK}:level=false,aresample=44100`;
    const into = ['-c:a', 'libmp3lame', '-b:a', '96k', '-fflags', '+bitexact', 'voiceover.mp3'];
    await run(ffmpeg, ['-v', 'error', '-y', '-i', 'voiceover.wav', '-af', filter, ...into], options);
    const reached = (await loudnessOf(ffmpeg, 'voiceover.mp3', options)).integrated;
    if (reached <= SILENT || Math.abs(reached - wanted) < CLOSE_ENOUGH) return;
    gain += wanted - reached;
  }
};
const ROUNDS = 3;
/** LU; ears do not tell. */
const CLOSE_ENOUGH = 0.5;

const rounded = (seconds: number): number => Math.round(seconds * 1_000) / 1_000;
