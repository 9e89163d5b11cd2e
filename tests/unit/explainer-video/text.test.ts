import { chooseSentences } from '../../../examples/explainer-video/text/choose.ts';
import { plainText, readArticle } from '../../../examples/explainer-video/text/markdown.ts';
import { cosine, keyTerms, textRank, vectorsOf } from '../../../examples/explainer-video/text/rank.ts';
import { pointsBack, sentencesOf } from '../../../examples/explainer-video/text/sentences.ts';
import { shorten } from '../../../examples/explainer-video/text/shorten.ts';
import { stemOf } from '../../../examples/explainer-video/text/words.ts';
import { describe, expect, it } from 'vitest';

describe('an article', () => {
  it('has a title, sections with the sentences that can be spoken, and their first code', () => {
    const article = readArticle(`---
layout: post
---
# The **title**

A lead of one whole sentence. <!-- not shown -->

## First [part](x.md)

It begins
over two lines, e.g. like this. Then a second one follows here!

- An item without its full stop
- [ok](x)

| a | table |
|---|---|

\`\`\`ts
const a = 1;
\`\`\`

\`\`\`
const second = 2;
\`\`\`

Run these commands in order:

Second part
-----------
> A quoted sentence is spoken too.

\`\`\`
later
\`\`\`
`);
    expect(article).toEqual({
      title: 'The title',
      sections: [
        { heading: null, level: 0, sentences: ['A lead of one whole sentence.'], code: null },
        {
          heading: 'First part',
          level: 2,
          sentences: [
            'It begins over two lines, e.g. like this.',
            'Then a second one follows here!',
            'An item without its full stop.',
          ],
          code: { language: 'ts', lines: ['const a = 1;'] },
        },
        {
          heading: 'Second part',
          level: 2,
          sentences: ['A quoted sentence is spoken too.'],
          code: { language: '', lines: ['later'] },
        },
      ],
    });
  });

  it.each([
    ['`a_b` and **bold** and _slanted_', 'a_b and bold and slanted'],
    ['see the tables (`redis/layout`, `a.ts`), and (really) more', 'see the tables, and (really) more'],
    ['![a picture](p.png)A [link](https://x.y) to <https://z> it', 'A link to it'],
    ['2 * 3 * 4 stays', '2 * 3 * 4 stays'],
  ])('loses its marks: %s', (markdown, text) => expect(plainText(markdown)).toBe(text));

  it('an unclosed fence ends with the text, and an empty text has nothing', () => {
    expect(readArticle('```\n# no heading').sections).toEqual([]);
    expect(readArticle('')).toEqual({ title: null, sections: [] });
  });
});

describe('sentences', () => {
  it('end where a reader would end them, and leave out what cannot be spoken', () => {
    const paragraph =
      'Use a store, e.g. Redis, for that. Too short. GET /a/b?c=d&e={f} -> [200, 404] {x: y}. Do it like this:';
    expect(sentencesOf(paragraph)).toEqual(['Use a store, e.g. Redis, for that.']);
  });
  it('tell which of them need the one before', () => {
    expect(['Such a stage waits.', 'But it ends.', 'A stage waits.'].map(pointsBack)).toEqual([true, true, false]);
  });
});

describe('ranking', () => {
  const texts = [
    'A worker holds a lease on a stage.',
    'The lease of a dead worker expires.',
    'Another worker claims the stage when the lease expires.',
    'Bananas are yellow.',
  ];
  it('brings words to one form', () => {
    expect(['leases', 'lease', 'stopped', 'stops', 'policies', 'policy', 'classes'].map(stemOf)).toEqual([
      'leas',
      'leas',
      'stop',
      'stop',
      'policy',
      'policy',
      'clas',
    ]);
  });
  it('gives each sentence its share: what resembles the others has more than what does not', () => {
    const ranks = textRank(vectorsOf(texts));
    expect(ranks.reduce((sum, rank) => sum + rank)).toBeCloseTo(1, 6);
    expect(Math.max(...ranks)).toBe(ranks[2]);
    expect(Math.min(...ranks)).toBe(ranks[3]);
  });
  it('has vectors of length 1, and no number for what has no words', () => {
    const vectors = vectorsOf([...texts, 'it is to be', '']);
    for (const vector of vectors.slice(0, 4)) expect(cosine(vector, vector)).toBeCloseTo(1, 9);
    expect(vectors.slice(4).map(({ size }) => size)).toEqual([0, 0]);
    expect(textRank(vectors).every(Number.isFinite)).toBe(true);
    expect(textRank([])).toEqual([]);
  });
  it('names the words by which a text differs, as they are written', () => {
    expect(
      keyTerms(['Fences and ghosts: fences.', 'Leases and ghosts: a lease.'], 1).map(([first]) => first!.term),
    ).toEqual(['fences', 'lease'].map((word) => expect.stringMatching(new RegExp(word, 'i'))));
  });
});

describe('choosing', () => {
  const sentences = [
    'The first sentence tells of a lease.',
    'It is held by a worker.',
    'A fence stops what comes too late.',
    'A fence stops what comes late.',
  ];
  it('keeps the order, brings what is pointed back to, and says nothing twice', () => {
    expect(chooseSentences(sentences, [0.1, 0.6, 0.3, 0.29], { words: 30, most: 4 })).toEqual(sentences.slice(0, 3));
  });
  it('takes a sentence that points back only with the one before it', () => {
    expect(chooseSentences(sentences, [0.1, 0.6, 0.3, 0.29], { words: 12, most: 4 })).toEqual(sentences.slice(0, 2));
    expect(chooseSentences(sentences, [0.1, 0.6, 0.9, 0.29], { words: 14, most: 2 })).toEqual([
      sentences[0],
      sentences[2],
    ]);
  });
  it('keeps to its limits but always says something', () => {
    expect(chooseSentences(sentences, [0.1, 0.2, 0.5, 0.4], { words: 1, most: 4 })).toEqual([sentences[2]]);
    expect(chooseSentences([], [], { words: 9, most: 4 })).toEqual([]);
  });
});

it.each([
  ['A worker does not own a stage; it only holds a lease on it.', 40, 'A worker does not own a stage'],
  ['However, runs (all of them) end.', 40, 'Runs end'],
  ['When several slots end at once, one script records them all.', 40, 'One script records them all'],
  ['An uninterrupted sentence without any place to end it early', 30, 'An uninterrupted sentence…'],
  ['Unbreakable_identifier_of_many_letters', 12, 'Unbreakable…'],
])('shortens "%s" to %i letters', (sentence, most, line) => {
  expect(shorten(sentence, most)).toBe(line);
  expect(line.length).toBeLessThanOrEqual(most);
});
