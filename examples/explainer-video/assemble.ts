/** Stage "assemble": scenes, voice-over and captions as one video. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chaptersText, filmArguments, type FilmScene } from './film/film.ts';
import { slidesPage } from './film/slides-page.ts';
import { bytesOf, keep } from './kept.ts';
import { findProgram, run } from './program.ts';
import { sizeOf } from './resolution.ts';
import type { Animated, Assembled, Drawn, Outlined, StageTools, Storyboarded, Voiced } from './shapes.ts';
import { captionsOf } from './sound/captions.ts';
import { inWorkFolder } from './work-folder.ts';

export interface Parts {
  readonly outlined: Outlined;
  readonly board: Storyboarded;
  readonly drawn: Drawn;
  readonly animated: Animated;
  readonly voiced: Voiced;
}

export const assemble = async (tools: StageTools, parts: Parts): Promise<Assembled> => {
  const ffmpeg = findProgram('ffmpeg');
  return ffmpeg === null
    ? asPage(tools, parts)
    : inWorkFolder(tools, (folder) => asVideo(tools, parts, ffmpeg, folder));
};

const asVideo = async (
  tools: StageTools,
  { outlined, board, drawn, animated, voiced }: Parts,
  ffmpeg: string,
  folder: string,
): Promise<Assembled> => {
  const put = async (name: string, content: string | Buffer): Promise<string> => {
    await writeFile(join(folder, name), content);
    return name;
  };
  const scenes: FilmScene[] = [];
  for (const [at, { file, seconds }] of animated.scenes.entries()) {
    const { start, end } = voiced.scenes[at]!;
    const name = await put(file.name.split('/').at(-1)!, await bytesOf(tools, file));
    scenes.push({
      heading: board.shots[at]!.heading,
      file: name,
      seconds: animated.moving ? seconds : null,
      start,
      end,
    });
  }
  const words = filmArguments({
    title: outlined.title,
    scenes,
    voiceover: await put(voiced.voiceover.name, await bytesOf(tools, voiced.voiceover)),
    captions: await put('captions.srt', await bytesOf(tools, voiced.captions)),
    chapters: await put('chapters.txt', chaptersText(outlined.title, scenes)),
    seconds: voiced.seconds,
    framesASecond: outlined.settings.frames_a_second,
    theme: drawn.theme,
    size: sizeOf(outlined.settings),
    into: 'video.mp4',
  });
  await run(ffmpeg, words, { cwd: folder, signal: tools.signal });
  const counts = { scenes: scenes.length, seconds: voiced.seconds, words: voiced.words };
  const video = await keep(tools, 'video.mp4', 'video', await readFile(join(folder, 'video.mp4')), counts);
  tools.log(`video.mp4: ${voiced.seconds} s, ${(video.size / 1_048_576).toFixed(1)} MiB`);
  return { video, playable: true, degraded: [] };
};

const asPage = async (tools: StageTools, { outlined, animated, voiced }: Parts): Promise<Assembled> => {
  const instead = 'a page that shows the pictures along with the voice-over';
  tools.log(`without ffmpeg: ${instead}`);
  const scenes: { picture: Buffer; end: number }[] = [];
  if (!animated.moving)
    for (const [at, { file }] of animated.scenes.entries())
      scenes.push({ picture: await bytesOf(tools, file), end: voiced.scenes[at]!.end });
  const page = slidesPage({
    title: outlined.title,
    scenes,
    sound: {
      bytes: await bytesOf(tools, voiced.voiceover),
      type: voiced.voiceover.name.endsWith('.mp3') ? 'audio/mpeg' : 'audio/wav',
    },
    captions: captionsOf(voiced.scenes),
  });
  const counts = { scenes: voiced.scenes.length, seconds: voiced.seconds, words: voiced.words };
  const video = await keep(tools, 'video.html', 'slides', page, counts);
  return { video, playable: false, degraded: [{ stage: 'assemble', missing: 'ffmpeg', instead }] };
};
