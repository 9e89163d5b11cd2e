/** Stage "animatics": a short film of each scene, at the length that the storyboard planned. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sceneArguments } from './film/scene.ts';
import { sceneKey, SceneShelf } from './film/scene-shelf.ts';
import { bytesOf, keep } from './kept.ts';
import { findProgram, run } from './program.ts';
import type { Animated, Drawn, Kept, Outlined, Shot, StageTools, Storyboarded } from './shapes.ts';
import { inWorkFolder } from './work-folder.ts';

export interface Pictures {
  readonly outlined: Outlined;
  readonly board: Storyboarded;
  readonly drawn: Drawn;
}

export const animatics = async (tools: StageTools, { outlined, board, drawn }: Pictures): Promise<Animated> => {
  const ffmpeg = findProgram('ffmpeg');
  if (ffmpeg === null) return stills(tools, board, drawn);
  return inWorkFolder(tools, async (folder) => {
    const shelf = new SceneShelf(tools);
    const scenes: Animated['scenes'] = [];
    for (const [at, shot] of board.shots.entries()) {
      const files = drawn.pictures.filter(({ scene }) => scene === shot.scene).map(({ file }) => file);
      const pictures = files.map((_, step) => `${shot.scene}_${step}.png`);
      const into = `${shot.scene}.mp4`;
      const words = sceneArguments({ shot, pictures, framesASecond: outlined.settings.frames_a_second, into });
      const key = sceneKey(words, files);
      let bytes = await shelf.find(key);
      tools.log(`${shot.scene}: ${bytes === null ? `rendering ${shot.seconds} s` : 'from the attempt before'}`);
      if (bytes === null) {
        for (const [step, file] of files.entries())
          await writeFile(join(folder, pictures[step]!), await bytesOf(tools, file));
        await run(ffmpeg, words, { cwd: folder, signal: tools.signal });
        bytes = await readFile(join(folder, into));
      }
      const file = await keepScene(tools, shot, bytes);
      await shelf.put(key, file);
      scenes.push({ scene: shot.scene, seconds: shot.seconds, file });
      tools.progress((at + 1) / board.shots.length, `${at + 1} of ${board.shots.length} scenes`);
    }
    return { scenes, moving: true, degraded: [] };
  });
};

const keepScene = (tools: StageTools, shot: Shot, bytes: Buffer): Promise<Kept> =>
  keep(tools, `animatics/${shot.scene}.mp4`, 'animatic', bytes, { scenes: 1, seconds: shot.seconds });

/** The placeholder of a film: the picture that it would end with. */
const stills = async (tools: StageTools, board: Storyboarded, drawn: Drawn): Promise<Animated> => {
  const instead = 'the last picture of each scene, as a still';
  tools.log(`without ffmpeg: ${instead}`);
  const scenes: Animated['scenes'] = [];
  for (const shot of board.shots) {
    const last = drawn.pictures.filter(({ scene }) => scene === shot.scene).at(-1)!;
    const file = await keep(tools, `animatics/${shot.scene}.png`, 'still', await bytesOf(tools, last.file), {
      scenes: 1,
    });
    scenes.push({ scene: shot.scene, seconds: shot.seconds, file });
  }
  return { scenes, moving: false, degraded: [{ stage: 'animatics', missing: 'ffmpeg', instead }] };
};
