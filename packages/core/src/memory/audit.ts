import { type AppendAudit, AUDIT_REMOVED, type AuditHead, type AuditText } from '../ports/index.ts';
import type { Deployment } from './deployment.ts';

export const openAudit = ({ audit }: Deployment, { id, text }: AuditText): void => void audit.open.set(id, text);

export const appendAudit = (
  { audit }: Deployment,
  { afterSeq, entries, hash, keep }: AppendAudit,
): 'appended' | 'changed' => {
  if (afterSeq !== audit.head.seq || entries.some(({ id }) => !audit.open.has(id))) return 'changed';
  for (const { id, text } of entries) {
    audit.open.delete(id);
    audit.log.push(text);
  }
  audit.log.splice(0, Math.min(audit.log.length - keep, AUDIT_REMOVED));
  const seq = afterSeq + entries.length;
  audit.head = { seq, hash, firstSeq: seq - audit.log.length + 1 };
  return 'appended';
};

/** Newest first. */
export const auditBefore = (
  { audit: { log, head } }: Deployment,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): readonly string[] =>
  log
    .slice(0, Math.max(0, (before ?? Infinity) - head.firstSeq))
    .slice(-limit)
    .toReversed();

export const openAudits = ({ audit }: Deployment): readonly AuditText[] =>
  [...audit.open].map(([id, text]) => ({ id, text }));

export const auditHead = ({ audit }: Deployment): AuditHead => audit.head;
