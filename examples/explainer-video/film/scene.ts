/** ffmpeg's arguments for one scene: its pictures, each faded into the next at its cue. */
import type { Shot } from '../shapes.ts';

const FADE = 0.4;

export interface SceneFilm {
  readonly shot: Shot;
  /** PNG files in order: the scene without points, then with each more. */
  readonly pictures: readonly string[];
  readonly framesASecond: number;
  readonly into: string;
}

export const sceneArguments = ({ shot, pictures, framesASecond, into }: SceneFilm): string[] => {
  const cues = shot.cues.slice(0, pictures.length - 1);
  // Decoded and converted once, then repeated: each picture lasts until the next has been faded in.
  const held = pictures.slice(0, cues.length + 1).map((_, at) => {
    const from = at === 0 ? 0 : cues[at - 1]!;
    const until = at < cues.length ? cues[at]! + FADE : shot.seconds;
    const frames = Math.max(1, Math.round((until - from) * framesASecond));
    return `[${at}:v]${TO_VIDEO},loop=loop=-1:size=1,setpts=N/${framesASecond}/TB,fps=${framesASecond},trim=end_frame=${frames}[p${at}]`;
  });
  const fades = cues.map(
    (cue, at) =>
      `[${at === 0 ? 'p0' : `x${at}`}][p${at + 1}]xfade=fade:duration=${FADE}:offset=${cue.toFixed(3)}[x${at + 1}]`,
  );
  const last = cues.length === 0 ? 'p0' : `x${cues.length}`;
  return [
    ['-v', 'error', '-y', ...pictures.slice(0, cues.length + 1).flatMap((file) => ['-i', file])],
    ['-filter_complex', [...held, ...fades, `[${last}]fade=in:st=0:d=0.25[v]`].join(';'), '-map', '[v]'],
    videoCodec(framesASecond),
    ['-t', shot.seconds.toFixed(3), into],
  ].flat();
};

const TO_VIDEO = 'scale=out_color_matrix=bt709:out_range=tv,format=yuv420p';

/** Bit-exact, so that equal scenes are equal bytes. */
export const videoCodec = (framesASecond: number): string[] =>
  [
    ['-r', String(framesASecond), '-c:v', 'libx264', '-preset', 'veryfast', '-tune', 'stillimage', '-crf', '20'],
    ['-g', String(framesASecond * 2), '-pix_fmt', 'yuv420p'],
    ['-colorspace', 'bt709', '-color_primaries', 'bt709', '-color_trc', 'bt709', '-color_range', 'tv'],
    ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-movflags', '+faststart'],
  ].flat();
