/** Stage "assets": the pictures of each scene, one for each line that has appeared. */
import { createHash } from 'node:crypto';
import { feedbackOf } from './feedback.ts';
import { keep } from './kept.ts';
import { drawer } from './pictures/draw.ts';
import { slideSvg } from './pictures/slide.ts';
import { sizeOf } from './resolution.ts';
import type { Degraded, Drawn, Kept, Outlined, StageTools, Storyboarded } from './shapes.ts';

export const assets = async (tools: StageTools, outlined: Outlined, board: Storyboarded): Promise<Drawn> => {
  const size = sizeOf(outlined.settings);
  const theme = feedbackOf(tools, ['theme']).theme ?? outlined.settings.theme;
  const { draw, degraded } = await drawer(size);
  const wanted = board.shots.flatMap((shot) =>
    Array.from({ length: shot.points.length + 1 }, (_, step) => ({
      scene: shot.scene,
      step,
      svg: slideSvg(shot, { theme, source: board.source, step }),
    })),
  );
  const known = new Map<string, Kept>();
  const pictures: Drawn['pictures'] = [];
  for (const [at, { scene, step, svg }] of wanted.entries()) {
    tools.signal.throwIfAborted();
    const digest = createHash('sha256').update(svg).digest('hex');
    const file = known.get(digest) ?? (await keep(tools, `assets/${scene}_${step}.png`, 'picture', draw(svg, step)));
    known.set(digest, file);
    pictures.push({ scene, step, file });
    tools.progress((at + 1) / wanted.length, `${at + 1} of ${wanted.length} pictures`);
  }
  const notes: Degraded[] = degraded === null ? [] : [{ stage: 'assets', ...degraded }];
  if (degraded) tools.log(`without ${degraded.missing}: ${degraded.instead}`);
  const plan = {
    ...size,
    theme,
    drawn: known.size,
    pictures: pictures.map(({ scene, step, file }) => ({ scene, step, file: file.name, sha256: file.sha256 })),
    degraded: notes,
  };
  return {
    theme,
    pictures,
    plan: await keep(tools, 'asset_plan.json', 'asset_plan', `${JSON.stringify(plan, null, 2)}\n`, {
      scenes: board.shots.length,
    }),
    degraded: notes,
  };
};
