import { z } from 'zod';
import type { RunId } from '../domain/index.ts';
import type { ArtifactMeta } from '../ports/index.ts';
import { toInstant, wireInstant } from './time.ts';

/** An artifact of a run, with the attempt that stored it. */
export interface RunArtifact extends ArtifactMeta {
  readonly stage: string;
  readonly generation: number;
  readonly attempt: number;
  /** ms since the epoch. */
  readonly storedAt: number;
  /** The run whose attempt stored it, if the stage's result is reused. */
  readonly reusedFrom: RunId | null;
}

export const wireArtifact = z
  .object({
    artifact_id: z.string(),
    stage: z.string(),
    generation: z.int().positive().meta({ description: 'Of the stage' }),
    attempt: z.int().positive(),
    name: z.string(),
    size: z.int().nonnegative(),
    sha256: z.string(),
    content_type: z.string(),
    stored_at: wireInstant,
    reused_from: z.string().nullable().meta({ description: 'The run that stored it; null: this one' }),
  })
  .meta({ id: 'Artifact' });
export type WireArtifact = z.infer<typeof wireArtifact>;

export const toWireArtifact = (artifact: RunArtifact): WireArtifact => ({
  artifact_id: artifact.id,
  stage: artifact.stage,
  generation: artifact.generation,
  attempt: artifact.attempt,
  name: artifact.name,
  size: artifact.size,
  sha256: artifact.sha256,
  content_type: artifact.content_type,
  stored_at: toInstant(artifact.storedAt),
  reused_from: artifact.reusedFrom,
});
