import { requestsIn } from '../../../examples/explainer-video/text/requests.ts';
import { expect, it } from 'vitest';

const NOTHING = {
  length: 1,
  words: null,
  scenes: null,
  without: [],
  panels: [],
  theme: null,
  speed: 1,
  voice: null,
};

it.each([
  [['Looks good to me, wordsmith!'], {}],
  [['Please make it shorter.'], { length: 0.75 }],
  [['Too long.', 'Still too long, much shorter!'], { length: 0.75 ** 4 }],
  [['longer'], { length: 1 / 0.75 }],
  [['scenes: 4'], { scenes: 4 }],
  [['I would take 5 scenes and 120 words'], { scenes: 5, words: 120 }],
  [['words: 90', 'words = 80'], { words: 80 }],
  [['without: Leases instead of trust\nslower'], { without: ['leases instead of trust'], speed: 0.75 }],
  [['Better without "where, then?"; dark, no: light'], { without: ['where, then?'], theme: 'light' }],
  [['no code, no key words'], { panels: ['code', 'terms'] }],
  [['voice: en-us, faster'], { voice: 'en-us', speed: 1 / 0.75 }],
  [['scenes: 99999', 'voice: ;rm -rf /'], {}],
])('%j', (notes, wanted) => expect(requestsIn(notes)).toEqual({ ...NOTHING, ...wanted }));
