/** Stage "research": how much each sentence says of the whole, and what each section is about. */
import { keep } from './kept.ts';
import type { Outlined, Researched, StageTools } from './shapes.ts';
import { keyTerms, textRank, vectorsOf } from './text/rank.ts';

/** Of a section: so many of its sentences may be spoken. */
const BEST = 3;
const TERMS = 6;

export const research = async (tools: StageTools, outlined: Outlined): Promise<Researched> => {
  const groups = [outlined.lead, ...outlined.sections.map(({ sentences }) => sentences)];
  const ranks = [...textRank(vectorsOf(groups.flat()))];
  const [lead, ...ofSections] = groups.map((sentences) => ranks.splice(0, sentences.length).map(rounded));
  const texts = outlined.sections.map(({ heading, sentences }) => [heading, ...sentences].join(' '));
  const terms = keyTerms(texts, TERMS).map((list) =>
    list.map(({ term, weight }) => ({ term, weight: rounded(weight) })),
  );
  const sections = ofSections.map((ranked, at) => ({
    ranks: ranked,
    weight: rounded(
      [...ranked]
        .sort((a, b) => b - a)
        .slice(0, BEST)
        .reduce((sum, rank) => sum + rank, 0),
    ),
    terms: terms[at]!,
  }));
  const whole = keyTerms([groups.flat().join(' ')], TERMS)[0]!.map(({ term, weight }) => ({
    term,
    weight: rounded(weight),
  }));
  tools.log(`key words: ${whole.map(({ term }) => term).join(', ')}`);
  const found = {
    topic: outlined.topic,
    terms: whole,
    sections: outlined.sections.map(({ heading, sentences }, at) => ({
      heading,
      weight: sections[at]!.weight,
      terms: terms[at],
      sentences: sentences
        .map((text, place) => ({ text, rank: sections[at]!.ranks[place]! }))
        .sort((a, b) => b.rank - a.rank),
    })),
  };
  return {
    terms: whole,
    lead: lead!,
    sections,
    research: await keep(tools, 'research.json', 'research', `${JSON.stringify(found, null, 2)}\n`, {
      words: outlined.topic.words,
    }),
  };
};

/** Beyond this many places processors may differ. */
const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
