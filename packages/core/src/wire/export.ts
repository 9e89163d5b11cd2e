import { z } from 'zod';
import { RUN_STATES } from '../domain/index.ts';
import { wireInstant } from './time.ts';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const artifactFacts = {
  artifact_id: z.string(),
  stage: z.string(),
  generation: z.int().positive(),
  attempt: z.int().positive(),
  name: z.string(),
  size: z.int().nonnegative(),
  sha256,
};

/** A file of an exported run; what is known of it depends on its kind. */
export const wireExportedFile = z
  .object({
    path: z.string().meta({ description: 'Below the folder of the run, with `/`' }),
    kind: z.enum(['state', 'events', 'log', 'artifact']),
    size: z.int().nonnegative(),
    sha256,
    stage: z.string().optional(),
    generation: z.int().positive().optional(),
    attempt: z.int().positive().optional(),
    artifact_id: z.string().optional(),
    name: z.string().optional().meta({ description: 'Name of the artifact, where the path had to differ' }),
    content_type: z.string().optional(),
  })
  .meta({ id: 'ExportedFile' });
export type WireExportedFile = z.infer<typeof wireExportedFile>;

/** An artifact whose bytes the deployment no longer has. */
export const wireMissingArtifact = z
  .object({
    ...artifactFacts,
    reason: z.enum(['gone', 'damaged']).meta({ description: '`damaged`: its bytes are not those that were stored' }),
    path: z.string().optional().meta({ description: 'The file to discard, if damaged bytes were sent' }),
  })
  .meta({ id: 'MissingArtifact' });
export type WireMissingArtifact = z.infer<typeof wireMissingArtifact>;

/** `manifest.json`, the last entry of an exported run: without it the export is incomplete. */
export const wireExportManifest = z
  .object({
    format: z.literal(1),
    run_id: z.string(),
    pipeline: z.string(),
    version: z.string(),
    status: z.enum(RUN_STATES),
    last_seq: z.int().nonnegative().meta({ description: 'Every file is as of this event' }),
    attempts: z.enum(['last', 'all']),
    exported_at: wireInstant,
    files: z.array(wireExportedFile),
    missing: z.array(wireMissingArtifact),
  })
  .meta({ id: 'ExportManifest' });
export type WireExportManifest = z.infer<typeof wireExportManifest>;
