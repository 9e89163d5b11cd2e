/** Stage "acceptance": measures the finished video against what was planned, and fails if it is not that. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { NonRetryableError } from '@millrace/core';
import { bytesOf, keep } from './kept.ts';
import { findProgram, type Ran, run } from './program.ts';
import { sizeOf } from './resolution.ts';
import type { Assembled, Degraded, Kept, Outlined, StageTools, Voiced } from './shapes.ts';
import { type Loudness, loudnessOf } from './sound/loudness.ts';
import { inWorkFolder } from './work-folder.ts';

export interface Check {
  readonly check: string;
  readonly expected: string;
  readonly found: string;
  /** `skipped`: this machine cannot measure it, or what it measures was replaced. */
  readonly result: 'passed' | 'failed' | 'skipped';
}
export interface Accepted {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checks: readonly Check[];
  readonly degraded: readonly Degraded[];
  readonly results: Kept;
}
export interface ToAccept {
  readonly outlined: Outlined;
  readonly voiced: Voiced;
  readonly assembled: Assembled;
  /** Of all stages before. */
  readonly degraded: readonly Degraded[];
  readonly files: readonly Kept[];
}

const SILENCE: Loudness = { integrated: -70, peak: -70 };
const MOST_DRIFT = 0.5;
/** Listeners follow this; beyond it a sentence was lost or the voice is broken. */
const WORDS_A_MINUTE = [80, 240] as const;
const LOUDNESS_RANGE = 2;
const HIGHEST_PEAK = -0.5;

export const acceptance = async (tools: StageTools, work: ToAccept): Promise<Accepted> => {
  const ffmpeg = findProgram('ffmpeg');
  const ffprobe = findProgram('ffprobe');
  const degraded = [...work.degraded];
  let checks: readonly Check[];
  if (!work.assembled.playable || ffmpeg === null || ffprobe === null) {
    const missing = work.assembled.playable ? 'ffprobe' : 'a video';
    degraded.push({ stage: 'acceptance', missing, instead: 'nothing is measured' });
    checks = [{ check: 'video', expected: 'an mp4 that can be measured', found: `no ${missing}`, result: 'skipped' }];
  } else checks = await measured(tools, work, { ffmpeg, ffprobe });

  const count = (result: Check['result']): number => checks.filter((check) => check.result === result).length;
  const counts = { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
  for (const { check, expected, found, result } of checks) tools.log(`${result} ${check}: ${found} (${expected})`);
  const results = { ...counts, degraded, checks, artifacts: work.files, measured_at: new Date().toISOString() };
  const file = await keep(tools, 'acceptance_results.json', 'acceptance', `${JSON.stringify(results, null, 2)}\n`);
  if (counts.failed > 0) {
    const names = checks.filter(({ result }) => result === 'failed').map(({ check }) => check);
    throw new NonRetryableError(`the video is not what was planned: ${names.join(', ')} (acceptance_results.json)`);
  }
  return { ...counts, checks, degraded, results: file };
};

interface Programs {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}
interface Probe {
  readonly format: { readonly duration: string };
  readonly chapters: readonly unknown[];
  readonly streams: readonly {
    readonly codec_type: string;
    readonly codec_name: string;
    readonly width?: number;
    readonly height?: number;
    readonly r_frame_rate?: string;
    readonly pix_fmt?: string;
    readonly duration?: string;
  }[];
}

const measured = async (
  tools: StageTools,
  { outlined, voiced, assembled }: ToAccept,
  programs: Programs,
): Promise<Check[]> => {
  return inWorkFolder(tools, async (folder) => {
    const options = { cwd: folder, signal: tools.signal };
    await writeFile(join(folder, 'video.mp4'), await bytesOf(tools, assembled.video));
    /** A program that fails has found a fault of the video, unless the attempt was stopped. */
    const found = async (program: string, words: readonly string[]): Promise<Ran> => {
      const ran = await run(program, ['-v', 'error', ...words], options).catch(({ message }: Error) => ({
        out: '',
        err: message,
      }));
      tools.signal.throwIfAborted();
      return ran;
    };
    const shown = await found(
      programs.ffprobe,
      '-show_format -show_streams -show_chapters -of json video.mp4'.split(' '),
    );
    if (shown.out === '') return [judged('readable', 'a video', shown.err)];
    const probe = JSON.parse(shown.out) as Probe;
    const stream = (type: string) => probe.streams.find(({ codec_type }) => codec_type === type);
    const { width, height } = sizeOf(outlined.settings);
    const [video, sound, captions] = [stream('video'), stream('audio'), stream('subtitle')];
    const seconds = Number(probe.format.duration);
    const rate = Math.round((voiced.words / seconds) * 60);

    const decoded = await found(programs.ffmpeg, ['-i', 'video.mp4', '-f', 'null', '-']);
    const inside = await found(programs.ffmpeg, ['-i', 'video.mp4', '-map', '0:s:0', '-f', 'srt', '-']);
    const written = (await bytesOf(tools, voiced.captions)).toString('utf8');
    const { integrated, peak } = await loudnessOf(programs.ffmpeg, 'video.mp4', options).catch(() => SILENCE);
    tools.signal.throwIfAborted();
    const wanted = outlined.settings.loudness;

    return [
      judged(
        'streams',
        'h264, aac, mov_text',
        [video, sound, captions].map((one) => one?.codec_name ?? 'none').join(', '),
      ),
      judged('resolution', `${width}x${height}`, `${video?.width}x${video?.height}`),
      judged('frame rate', `${outlined.settings.frames_a_second}/1`, video?.r_frame_rate ?? 'none'),
      judged('pixel format', 'yuv420p', video?.pix_fmt ?? 'none'),
      near('duration against the voice-over', voiced.seconds, seconds, MOST_DRIFT, 's'),
      near('picture against sound', Number(sound?.duration), Number(video?.duration), MOST_DRIFT, 's'),
      within('duration against the script', WORDS_A_MINUTE, rate, 'words a minute'),
      judged('chapters', String(voiced.scenes.length), String(probe.chapters.length)),
      judged('captions', `those of captions.srt (${cuesOf(written).length})`, sameCues(written, inside.out)),
      voiced.spoken
        ? near('loudness', wanted, integrated, LOUDNESS_RANGE, 'LUFS')
        : { check: 'loudness', expected: `${wanted} LUFS`, found: 'a silent placeholder', result: 'skipped' },
      voiced.spoken
        ? within('peak', [-70, HIGHEST_PEAK], peak, 'dBFS')
        : { check: 'peak', expected: `below ${HIGHEST_PEAK} dBFS`, found: 'a silent placeholder', result: 'skipped' },
      judged('plays to its end', 'no error', decoded.err.trim().split('\n')[0] || 'no error'),
    ];
  });
};

const judged = (check: string, expected: string, found: string): Check => ({
  check,
  expected,
  found,
  result: found === expected ? 'passed' : 'failed',
});

const near = (check: string, expected: number, found: number, tolerance: number, unit: string): Check => ({
  check,
  expected: `${expected} ${unit}, ${tolerance} more or less`,
  found: `${found} ${unit}`,
  result: Math.abs(found - expected) <= tolerance ? 'passed' : 'failed',
});

const within = (check: string, [lowest, highest]: readonly [number, number], found: number, unit: string): Check => ({
  check,
  expected: `${lowest} to ${highest} ${unit}`,
  found: `${found} ${unit}`,
  result: found >= lowest && found <= highest ? 'passed' : 'failed',
});

/** Each cue's time, to a tenth of a second, and its text. */
const cuesOf = (srt: string): string[] =>
  srt
    .replaceAll('\r', '')
    .trim()
    .split(/\n{2,}/)
    .map((cue) => {
      const [, times = '', ...lines] = cue.split('\n');
      return `${times.replace(/(,\d)\d\d/g, '$1')} ${lines.join(' ')}`;
    });

const sameCues = (written: string, inside: string): string => {
  const [expected, found] = [cuesOf(written), cuesOf(inside)];
  const at = expected.findIndex((cue, place) => cue !== found[place]);
  if (at >= 0) return `caption ${at + 1} is ${found[at] ?? 'missing'}`;
  return found.length === expected.length ? `those of captions.srt (${found.length})` : `${found.length} captions`;
};
