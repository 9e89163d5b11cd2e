import { hash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Role } from '../domain/index.ts';
import type { AuditText, Store } from '../ports/index.ts';
import { toInstant } from '../wire/index.ts';

/** What an entry says before the change is made. */
export interface AuditIntent {
  readonly who: string;
  readonly role: Role;
  readonly channel: AuditChannel;
  /** The operation: "POST /api/v1/runs/{run_id}/cancel". */
  readonly what: string;
  /** What it was done to, by the names of the operation. */
  readonly target: Readonly<Record<string, string>>;
  readonly reason: string | null;
  readonly request_id: string;
  readonly before: unknown;
}

/** `cli` is what the program says of itself; `session` is a page's. */
export type AuditChannel = 'api' | 'cli' | 'session';

export interface AuditOutcome {
  /** Of the answer. */
  readonly status: number;
  /** Of the refusal; null: it was done. */
  readonly code: string | null;
  readonly after: unknown;
}

/** An entry of the log, as stored: its text is hashed as it is. */
export interface AuditEntry extends AuditIntent {
  readonly seq: number;
  /** SHA-256 of the entry before, hex; '': this is the first one ever. */
  readonly prev: string;
  /** When it began, by the clock of the API process. */
  readonly at: string;
  /** Null: the process that made the change died before it could say what became of it. */
  readonly outcome: AuditOutcome | null;
}

type AuditStore = Pick<Store, 'openAudit' | 'appendAudit' | 'auditHead' | 'auditBefore' | 'openAudits'>;
type OpenEntry = Omit<AuditEntry, 'seq' | 'prev'>;

export interface AuditOptions {
  readonly store: AuditStore;
  /** Entries to keep. */
  readonly keep: number;
  /** Told an entry whose change was made, while the store did not take the entry; it may be in the log later. */
  readonly onLost: (entry: OpenEntry, error: unknown) => void;
}

/** Writes the audit log. */
export interface AuditWriter {
  /**
   * To call before the change: sends the entry to the store ahead of the change's own commands, on the same connection,
   * so that no change is made by a process that dies before it could note it. Waits for nothing. `carried`: the
   * change's command opens the entry itself, and nothing is sent.
   */
  begin(intent: AuditIntent, how?: { readonly carried: boolean }): BegunEntry;
  /** Resolves when every entry that has its outcome is in the log, or cannot be written for now. */
  settle(): Promise<void>;
  /** Writes entries, and those that other processes left, repeatedly until stopped. */
  follow(): () => Promise<void>;
}

/** An entry whose outcome is not known yet. */
export interface BegunEntry {
  /** For the command that carries it. */
  readonly text: AuditText;
  /** The command opened it in the store. */
  carried(): void;
  end(outcome: AuditOutcome): void;
}

/** Entries are appended together: a start must not cost a script more. */
const APPEND_MS = 500;
const TOGETHER = 100;
/** Entries held while the store cannot be written. */
const MOST_WAITING = 10_000;
/** An entry that is open for longer was left by a process that died. No request takes as long. */
const LEFT_MS = 60_000;
const LOOK_MS = 20_000;
const ATTEMPTS = 20;
/** A command was to carry the entry, and either was not sent or made no change. */
const NOT_SENT = 'not sent';

/** An entry with its outcome. */
interface Waiting {
  readonly id: string;
  readonly entry: OpenEntry;
  /** Of it, as JSON. */
  readonly text: string;
  /** Resolves to null, or to why the store does not have it. */
  opened: Promise<unknown>;
  isTold: boolean;
}

export const auditWriter = ({ store, keep, onLost }: AuditOptions): AuditWriter => {
  let waiting: Waiting[] = [];

  /** Appends what is still open of it: another process may have taken it for left. */
  const append = async (entries: readonly AuditText[]): Promise<void> => {
    let left = entries;
    for (let attempt = 1; left.length > 0; attempt++) {
      const head = await store.auditHead();
      const { texts, hash: last } = chained(head, left);
      const command = { afterSeq: head.seq, entries: texts, hash: last, keep };
      if ((await store.appendAudit(command)) === 'appended') return;
      if (attempt === ATTEMPTS) throw new Error('other processes write to the audit log all the time');
      await delay(Math.random() * 5 * attempt);
      const open = new Set((await store.openAudits()).map(({ id }) => id));
      left = left.filter(({ id }) => open.has(id));
    }
  };

  /** Once more, if it was not taken the first time. */
  const open = async (one: Waiting): Promise<void> => {
    const refusal = await one.opened;
    if (refusal === null) return;
    // The change may have been taken where the entry was not, as a full Redis takes a cancel.
    if (!one.isTold && refusal !== NOT_SENT && one.entry.outcome?.code === null) onLost(one.entry, refusal);
    one.isTold ||= refusal !== NOT_SENT;
    await store.openAudit({ id: one.id, text: one.text });
    one.opened = Promise.resolve(null);
  };

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const some = waiting.slice(0, TOGETHER);
      try {
        for (const one of some) await open(one);
        await append(some);
      } catch (error) {
        // They are open in the store, or Redis is away: once more at the next interval.
        if (waiting.length <= MOST_WAITING) return;
        for (const { entry, isTold } of some) if (!isTold) onLost(entry, error);
      }
      waiting = waiting.slice(some.length);
    }
  };
  let writing: Promise<void> = Promise.resolve();
  const settle = (): Promise<void> => (writing = writing.then(write));

  const takeOver = async (): Promise<void> => {
    const now = Date.now();
    const left = (await store.openAudits()).filter(
      ({ text }) => now - Date.parse((JSON.parse(text) as OpenEntry).at) > LEFT_MS,
    );
    for (let at = 0; at < left.length; at += TOGETHER) await append(left.slice(at, at + TOGETHER));
  };

  return {
    begin: (intent, { carried } = { carried: false }) => {
      const id = randomUUID();
      const entry = { at: toInstant(Date.now()), ...intent };
      // Written out once: what comes after the outcome is known is put to the same text.
      const json = JSON.stringify(entry).slice(0, -1);
      const textWith = (outcome: AuditOutcome | null) => `${json},"outcome":${JSON.stringify(outcome)}}`;
      const open = { id, text: textWith(null) };
      let opened = carried
        ? Promise.resolve<unknown>(NOT_SENT)
        : store.openAudit(open).then(
            () => null,
            (error: unknown) => error,
          );
      return {
        text: open,
        carried: () => void (opened = Promise.resolve(null)),
        end: (outcome) =>
          void waiting.push({ id, entry: { ...entry, outcome }, text: textWith(outcome), opened, isTold: false }),
      };
    },
    settle,
    follow: () => {
      const look = () => void (writing = writing.then(takeOver).catch(() => {}));
      look();
      const timers = [
        setInterval(() => {
          if (waiting.length > 0) void settle();
        }, APPEND_MS),
        setInterval(look, LOOK_MS),
      ];
      return () => {
        for (const timer of timers) clearInterval(timer);
        return settle();
      };
    },
  };
};

const chained = (
  head: { readonly seq: number; readonly hash: string },
  entries: readonly AuditText[],
): { readonly texts: readonly AuditText[]; readonly hash: string } => {
  let prev = head.hash;
  const texts = entries.map(({ id, text: open }, at) => {
    const text = `{"seq":${head.seq + at + 1},"prev":"${prev}",${open.slice(1)}`;
    prev = hashOf(text);
    return { id, text };
  });
  return { texts, hash: prev };
};

const hashOf = (text: string): string => hash('sha256', text, 'hex');

/** An entry that somebody noted earlier: the log must still have it. */
export interface NotedEntry {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditCheck {
  readonly ok: boolean;
  /** Entries checked: all that are kept. */
  readonly entries: number;
  readonly firstSeq: number;
  /** Of the last entry. To note elsewhere, and to check later. */
  readonly seq: number;
  readonly hash: string;
  /** The newest entry that is not what the later ones say; null: none. */
  readonly problem: { readonly seq: number; readonly message: string } | null;
}

/**
 * Checks that each entry kept is the one whose hash the next one carries, up to the head, and that none is missing in
 * between or at the beginning. That the head itself is the one it was can be told only by what was noted elsewhere.
 */
export const verifyAudit = async (store: AuditStore, noted: NotedEntry | null = null): Promise<AuditCheck> => {
  const head = await store.auditHead();
  let { seq, hash: expected } = head;
  let isNotedSeen = noted === null;
  const answer = (problem: AuditCheck['problem']): AuditCheck => ({
    ok: problem === null,
    entries: head.seq - seq,
    firstSeq: seq + 1,
    seq: head.seq,
    hash: head.hash,
    problem,
  });
  const broken = (at: number, message: string) => answer({ seq: at, message });

  if (noted !== null && noted.seq > head.seq)
    return broken(noted.seq, `entry ${noted.seq} is gone: the log ends with entry ${head.seq}`);
  for (;;) {
    const texts = await store.auditBefore({ before: seq + 1, limit: 500 });
    for (const text of texts) {
      const entry = entryOf(text);
      if (entry?.seq !== seq) return broken(seq, `entry ${seq} is missing`);
      if (hashOf(text) !== expected) return broken(seq, `entry ${seq} was changed: it is not what was recorded`);
      if (noted?.seq === seq) {
        isNotedSeen = true;
        if (noted.hash !== expected) return broken(seq, `entry ${seq} is not the one that was noted`);
      }
      seq -= 1;
      expected = entry.prev;
    }
    if (texts.length === 0) break;
  }
  // Entries may have been removed for newer ones in the meantime.
  const { firstSeq } = await store.auditHead();
  if (seq >= firstSeq) return broken(seq, `entry ${seq} is missing`);
  if (seq === 0 && expected !== '') return broken(1, 'entry 1 follows another one');
  if (!isNotedSeen) return broken(noted!.seq, `entry ${noted!.seq} is no longer kept`);
  return answer(null);
};

const entryOf = (text: string): AuditEntry | null => {
  try {
    return JSON.parse(text) as AuditEntry;
  } catch {
    return null;
  }
};
