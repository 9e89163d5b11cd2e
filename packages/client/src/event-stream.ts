import { backoff } from '@millrace/core/domain';
import { ApiError, UnreachableError } from './api-error.ts';
import type { Http, Query } from './http.ts';

/** How long to retry an API that answered before, ms. */
const PATIENCE_MS = 60_000;
/** First and longest pause before a reconnect, ms. */
const PAUSE_MS = [100, 2_000] as const;

export interface StreamItem {
  /** The item's seq; several items may share one. */
  readonly id: number;
  readonly data: unknown;
}

/**
 * The items of a server-sent event stream after `afterSeq`, each once and in order. A lost connection is reopened after
 * the last item. `isOver` decides, when the stream ends, whether it is complete.
 * @throws ApiError when the API refuses, UnreachableError when it is unreachable at first or stays so
 */
export async function* followStream(
  http: Http,
  path: string,
  query: Query,
  { afterSeq = 0, isOver }: { readonly afterSeq?: number; readonly isOver: () => boolean | Promise<boolean> },
): AsyncGenerator<StreamItem, void> {
  let last = afterSeq;
  /** Number of received items with seq `last`: after a reconnect they come again. */
  let ofLast = 0;
  let wasThere = false;
  let awaySince: number | null = null;
  for (let pauses = backoff(...PAUSE_MS); ; await delay(pauses.next().value)) {
    try {
      const resumeAfter = ofLast > 0 ? last - 1 : last;
      let skip = ofLast;
      const response = await http.open('GET', path, { query: { ...query, after_seq: resumeAfter } });
      wasThere = true;
      for await (const item of readEvents(response.body!)) {
        awaySince = null;
        pauses = backoff(...PAUSE_MS);
        if (item.id === last && skip-- > 0) continue;
        ofLast = item.id === last ? ofLast + 1 : 1;
        last = item.id;
        yield item;
      }
      if (await isOver()) return;
    } catch (error) {
      if (!wasThere || (error instanceof ApiError && isRefusal(error))) throw error;
      awaySince ??= performance.now();
      if (performance.now() - awaySince > PATIENCE_MS) throw error;
    }
  }
}

const isRefusal = ({ status }: ApiError): boolean => status < 500 && status !== 429;
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Items of a stream in the form of https://html.spec.whatwg.org/multipage/server-sent-events.html; comments and `retry`
 * are left out.
 */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamItem, void> {
  let text = '';
  for await (const chunk of readText(body)) {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const fields = new Map(
        block
          .split('\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trimStart()] as const),
      );
      const data = fields.get('data');
      if (data !== undefined) yield { id: Number(fields.get('id')), data: JSON.parse(data) as unknown };
    }
  }
}

/** Uses a reader, because not every browser iterates streams. To stop reading ends the request. */
async function* readText(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read())
      yield decoder.decode(chunk.value, { stream: true });
  } catch (error) {
    throw new UnreachableError('the answer broke off', { cause: error });
  } finally {
    await reader.cancel().catch(() => {});
  }
}
