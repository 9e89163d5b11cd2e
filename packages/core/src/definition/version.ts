import { createHash } from 'node:crypto';
import { canonicalJson, type Pipeline, type PipelineVersion } from '../domain/index.ts';

/** The first 16 hex digits of the SHA-256 of the model's canonical JSON (RFC 8785). */
export const versionOf = (model: Omit<Pipeline, 'version'>): PipelineVersion =>
  sha256(canonicalJson(model)).slice(0, 16) as PipelineVersion;

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
