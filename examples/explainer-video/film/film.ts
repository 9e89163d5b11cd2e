/** ffmpeg's arguments for the whole film: scenes fitted to the voice, a line of progress, captions and chapters. */
import { THEMES } from '../pictures/slide.ts';
import type { Settings } from '../shapes.ts';
import { videoCodec } from './scene.ts';

export interface FilmScene {
  readonly heading: string;
  readonly file: string;
  /** Of the file; null: it is a still picture. */
  readonly seconds: number | null;
  /** In the voice-over. */
  readonly start: number;
  readonly end: number;
}
export interface Film {
  readonly title: string;
  readonly scenes: readonly FilmScene[];
  readonly voiceover: string;
  readonly captions: string;
  readonly chapters: string;
  readonly seconds: number;
  readonly framesASecond: number;
  readonly theme: Settings['theme'];
  readonly size: { readonly width: number; readonly height: number };
  readonly into: string;
}

export const filmArguments = (film: Film): string[] => {
  const { scenes, framesASecond, size, seconds } = film;
  const count = scenes.length;
  const fitted = scenes.map(({ seconds: planned, start, end }, at) => {
    // Counted in the whole film's frames, so that rounding does not add up.
    const frames = Math.round(end * framesASecond) - Math.round(start * framesASecond);
    const speed = planned === null ? 1 : (end - start) / planned;
    return `[${at}:v]setpts=${speed.toFixed(5)}*PTS,fps=${framesASecond},scale=${size.width}:${size.height},setsar=1,tpad=stop_mode=clone:stop_duration=2,trim=end_frame=${frames},setpts=PTS-STARTPTS[v${at}]`;
  });
  const thickness = Math.max(2, Math.round(size.height / 120));
  const colour = THEMES[film.theme].accent.replace('#', '0x');
  const filter = [
    ...fitted,
    `${scenes.map((_, at) => `[v${at}]`).join('')}concat=n=${count}:v=1:a=0[film]`,
    `color=c=${colour}:s=${size.width}x${thickness}:r=${framesASecond},format=yuv420p[line]`,
    `[film][line]overlay=x='-W+W*t/${seconds.toFixed(3)}':y=H-h:shortest=1,format=yuv420p[v]`,
  ].join(';');
  return [
    ['-v', 'error', '-y'],
    scenes.flatMap(({ file, seconds: planned, start, end }) =>
      planned === null
        ? ['-loop', '1', '-framerate', String(framesASecond), '-t', (end - start).toFixed(3), '-i', file]
        : ['-i', file],
    ),
    ['-i', film.voiceover, '-i', film.captions, '-f', 'ffmetadata', '-i', film.chapters],
    ['-filter_complex', filter, '-map', '[v]', '-map', `${count}:a:0`, '-map', `${count + 1}:s:0`],
    ['-map_metadata', String(count + 2), '-map_chapters', String(count + 2)],
    videoCodec(framesASecond),
    ['-c:a', 'aac', '-b:a', '128k', '-ar', '44100', '-ac', '2', '-flags:a', '+bitexact'],
    ['-c:s', 'mov_text', '-metadata:s:s:0', 'language=eng', '-metadata:s:a:0', 'language=eng'],
    ['-disposition:s:0', 'default', film.into],
  ].flat();
};

/** https://ffmpeg.org/ffmpeg-formats.html#Metadata-1 */
export const chaptersText = (
  title: string,
  scenes: readonly Pick<FilmScene, 'heading' | 'start' | 'end'>[],
): string => {
  const value = (text: string): string => text.replace(/[=;#\\\n]/g, (character) => `\\${character}`);
  const ms = (seconds: number): number => Math.round(seconds * 1_000);
  return [
    ';FFMETADATA1',
    `title=${value(title)}`,
    ...scenes.flatMap(({ heading, start, end }) => [
      '[CHAPTER]',
      'TIMEBASE=1/1000',
      `START=${ms(start)}`,
      `END=${ms(end)}`,
      `title=${value(heading)}`,
    ]),
    '',
  ].join('\n');
};
