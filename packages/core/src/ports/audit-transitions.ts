/**
 * The audit log: entries are texts, each of which names its place and the hash of the one before (engine/audit.ts). An
 * entry is open from before its change until it is in the log, so that a process that dies in between loses none.
 */
export interface AuditTransitions {
  /** Stores an open entry, or replaces the one with the id. */
  openAudit(entry: AuditText): Promise<void>;
  /**
   * Moves open entries to the end of the log, all or none, and removes the oldest beyond `keep`, up
   * to AUDIT_REMOVED. `changed`: the log has
   * another head, or one of them is not open (any more). The same command sent again is `changed`.
   */
  appendAudit(command: AppendAudit): Promise<'appended' | 'changed'>;
}

/** Oldest entries that one command removes at most: after `keep` was lowered, several do. */
export const AUDIT_REMOVED = 1_000;

export interface AuditText {
  readonly id: string;
  readonly text: string;
}

export interface AppendAudit {
  /** The head that they follow: the seq of the last entry. */
  readonly afterSeq: number;
  /** In order. */
  readonly entries: readonly AuditText[];
  /** Of the last of them. */
  readonly hash: string;
  readonly keep: number;
}

export interface AuditHead {
  /** Of the last entry; 0: there never was one. */
  readonly seq: number;
  /** Of the last entry; '': there never was one. */
  readonly hash: string;
  /** Seq of the oldest entry kept. */
  readonly firstSeq: number;
}
