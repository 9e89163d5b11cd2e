/** The audit log. */
import { type AppendAudit, AUDIT_REMOVED, type AuditHead, type AuditText } from '../ports/index.ts';
import { storedNames } from './layout/packed.ts';
import { AUDIT_HEAD } from './layout/records.ts';
import { type Database, runScript } from './script.ts';

const HEAD = storedNames(AUDIT_HEAD);

export const openAudit = async ({ redis, keys }: Database, { id, text }: AuditText): Promise<void> => {
  await redis.hset(keys.auditOpen, id, text);
};

export const appendAudit = async (db: Database, { afterSeq, entries, hash, keep }: AppendAudit) =>
  (await runScript(db, 'append_audit', { afterSeq, hash, keep, most: AUDIT_REMOVED, entries }))
    ? 'appended'
    : 'changed';

/** Newest first. */
export const auditBefore = (
  { redis, keys }: Database,
  { before, limit }: { readonly before: number | null; readonly limit: number },
): Promise<readonly string[]> =>
  redis.zrange(keys.audit, before === null ? '+inf' : `(${before}`, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, limit);

export const openAudits = async ({ redis, keys }: Database): Promise<readonly AuditText[]> =>
  Object.entries(await redis.hgetall(keys.auditOpen)).map(([id, text]) => ({ id, text }));

export const auditHead = async ({ redis, keys }: Database): Promise<AuditHead> => {
  const [seq, hash, firstSeq] = await redis.hmget(keys.auditHead, HEAD.seq, HEAD.hash, HEAD.firstSeq);
  return { seq: Number(seq ?? 0), hash: hash ?? '', firstSeq: Number(firstSeq ?? 1) };
};
