/**
 * The scenes that are done, for the stage's next attempt: it may run on another machine, after this one was killed. The
 * checkpoint says which there are; their bytes are artifacts of the run.
 */
import { createHash } from 'node:crypto';
import { bytesOf } from '../kept.ts';
import { type Kept, shelved, type StageTools } from '../shapes.ts';

export class SceneShelf {
  readonly #tools: StageTools;
  readonly #before: ReadonlyMap<string, Kept>;
  readonly #done: { key: string; file: Kept }[] = [];

  constructor(tools: StageTools) {
    this.#tools = tools;
    const { data } = shelved.safeParse(tools.lastCheckpoint);
    this.#before = new Map(data?.scenes.map(({ key, file }) => [key, file]));
  }

  /** The bytes of a scene that an earlier attempt finished; null: it is to be rendered. */
  async find(key: string): Promise<Buffer | null> {
    const file = this.#before.get(key);
    return file === undefined
      ? null
      : bytesOf(this.#tools, file).catch((error: Error) => {
          this.#tools.log(`${file.name} is rendered again: ${error.message}`);
          return null;
        });
  }

  async put(key: string, file: Kept): Promise<void> {
    this.#done.push({ key, file });
    // With those that are still to be asked for: this attempt may be killed as well.
    const others = [...this.#before].filter(([one]) => !this.#done.some((done) => done.key === one));
    const scenes = [...this.#done, ...others.map(([one, kept]) => ({ key: one, file: kept }))];
    await this.#tools.checkpoint({ scenes });
  }
}

/** Of all that a scene is made from: another script or another size gives another scene. */
export const sceneKey = (words: readonly string[], pictures: readonly Kept[]): string =>
  createHash('sha256')
    .update(JSON.stringify([words, pictures.map(({ sha256 }) => sha256)]))
    .digest('hex');
