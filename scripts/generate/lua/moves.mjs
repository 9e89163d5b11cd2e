/** Refuses a Lua source that changes a status past the functions that ask the tables of domain/states.ts. */
import { fail } from './expand.mjs';

const ONLY_IN = [
  { file: 'lib/moves.lua', what: 'changes', written: /\.status = |\['status'\] = / },
  {
    file: 'lib/runs.lua',
    what: 'is stored',
    written: /\bSTAGE\.pack|'HSET'.*\bRUN\.(?:status|stage)\b|set\[RUN\.(?:status|stage)\b/,
  },
];

export const refuseMoves = (source, file) => {
  for (const [at, line] of source.split('\n').entries())
    for (const only of ONLY_IN)
      if (file !== only.file && only.written.test(line))
        fail(`${file}:${at + 1}`, `a status ${only.what} in ${only.file} only`);
};
