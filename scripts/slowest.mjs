/* The slowest tests of a vitest run, by its JSON report: what to look at when `npm test` takes too long. */
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './prepare-machine.mjs';

/** Lines for people, the slowest first: seconds, file and test. */
export const slowestTests = (report, count = 10) =>
  JSON.parse(readFileSync(report, 'utf8'))
    .testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ duration, title }) => ({ file: relative(ROOT, name), duration: duration ?? 0, title })),
    )
    .sort((one, other) => other.duration - one.duration)
    .slice(0, count)
    .map(
      ({ file, duration, title }) =>
        `     ${(duration / 1_000).toFixed(1).padStart(6)} s  ${file}  ${title.slice(0, 80)}`,
    );
