/** Reads a Markdown or plain text article: its title, its sections, and in each the sentences that can be spoken. */
import { sentencesOf } from './sentences.ts';

export interface Section {
  /** Plain text; null: what comes before the first heading. */
  readonly heading: string | null;
  /** 1..6; 0 without a heading. */
  readonly level: number;
  readonly sentences: readonly string[];
  /** The first block of code; null: none. */
  readonly code: CodeBlock | null;
}
export interface CodeBlock {
  readonly language: string;
  readonly lines: readonly string[];
}
export interface Article {
  /** The first heading of level 1; null: there is none. */
  readonly title: string | null;
  readonly sections: readonly Section[];
}

interface Draft {
  heading: string | null;
  level: number;
  /** Paragraphs and list items. */
  blocks: string[];
  code: CodeBlock | null;
}

export const readArticle = (text: string): Article => {
  const drafts: Draft[] = [{ heading: null, level: 0, blocks: [], code: null }];
  let title: string | null = null;
  let open = '';
  const close = (): void => {
    if (open.trim() !== '') drafts.at(-1)!.blocks.push(open.trim());
    open = '';
  };
  const begin = (heading: string, level: number): void => {
    close();
    if (level === 1 && title === null) title = heading;
    else drafts.push({ heading, level, blocks: [], code: null });
  };

  const lines = withoutFrontMatter(text.replace(/\r\n?/g, '\n').replace(/<!--[\s\S]*?-->/g, '')).split('\n');
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    const fence = /^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)/.exec(line);
    if (fence) {
      close();
      const code: string[] = [];
      for (at += 1; at < lines.length && !lines[at]!.trimStart().startsWith(fence[1]!); at += 1) code.push(lines[at]!);
      drafts.at(-1)!.code ??= { language: fence[2] ?? '', lines: code };
      continue;
    }
    const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (heading) {
      begin(plainText(heading[2]!), heading[1]!.length);
      continue;
    }
    const underline = /^(=+|-{2,})\s*$/.exec(line);
    if (underline && open.trim() !== '') {
      const above = plainText(open);
      open = '';
      begin(above, underline[1]!.startsWith('=') ? 1 : 2);
      continue;
    }
    if (line.trim() === '' || /^\s*\|/.test(line) || /^\s*([-*_]\s*){3,}$/.test(line)) close();
    else if (/^\s*([-*+]|\d+[.)])\s+/.test(line)) {
      close();
      open = line.replace(/^\s*([-*+]|\d+[.)])\s+/, '');
    } else open += `${open === '' ? '' : ' '}${line.replace(/^\s*>\s?/, '').trim()}`;
  }
  close();

  return {
    title,
    sections: drafts
      .map(({ blocks, ...rest }) => ({ ...rest, sentences: blocks.flatMap((block) => sentencesOf(plainText(block))) }))
      .filter(({ heading, sentences }) => heading !== null || sentences.length > 0),
  };
};

/** Markdown's marks removed; brackets that hold nothing but a path, a link or code are left out. */
export const plainText = (markdown: string): string =>
  markdown
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\s*\((?:\[?`[^`]*`\]?(?:\([^)]*\))?[,;]?\s*(?:and |or )?)+\)/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\[([^\]]*)\]\[[^\]]*\]/g, '$1')
    .replace(/<https?:[^>]*>|https?:\/\/[^\s)]+/g, '')
    .replace(/<\/?[a-zA-Z][^>]*>/g, '')
    .replace(/`+([^`]*)`+/g, '$1')
    .replace(/(\*{1,3})(?=\S)([^*]*\S)\1/g, '$2')
    .replace(/(^|\W)_{1,2}(?=\S)([^_]*\S)_{1,2}(?=\W|$)/g, '$1$2')
    .replace(/\\([\\`*_{}[\]()#+\-.!|>~])/g, '$1')
    .replace(/\s+/g, ' ')
    .replace(/ ([.,;:])/g, '$1')
    .trim();

const withoutFrontMatter = (text: string): string => text.replace(/^\uFEFF?---\n[\s\S]*?\n---\n/, '');
