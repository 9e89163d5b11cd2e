/* Runs gates one after the other and prints the time of each; the output of a gate is printed only if it failed. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from './prepare-machine.mjs';
import { slowestTests } from './slowest.mjs';

/** Where vitest and the gates leave their counts for `count-results.mjs`. */
export const RESULTS = join(ROOT, 'test-results');

/** Returns the names of the failed gates. A gate is `{ name, command, live?, report? }`; `live` streams its output. */
export const runGates = (group, gates) => {
  const failed = [];
  const uncounted = [];
  for (const { name, command, live, report } of gates) {
    const began = performance.now();
    const [program, ...words] = command;
    const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH}` };
    const result = spawnSync(program, words, {
      cwd: ROOT,
      env,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: live ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    const passed = result.status === 0;
    console.log(`${passed ? 'ok  ' : 'FAIL'} ${name.padEnd(22)} ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    if (live && report && existsSync(report))
      console.log(['     the slowest tests:', ...slowestTests(report)].join('\n'));
    if (passed) continue;
    failed.push(name);
    if (!namesFailures(report)) uncounted.push(name);
    if (!live)
      console.log(
        `${result.stdout ?? ''}${result.stderr ?? ''}${result.error?.message ?? ''}`.trimEnd().replace(/^/gm, '     '),
      );
  }
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, `${group}.gates.json`), JSON.stringify({ failed: uncounted }));
  return failed;
};

/** A gate of tests: its counts go to test-results/. */
export const vitest = (name, projects, options = {}) => {
  const report = join(RESULTS, `${projects[0]}.json`);
  const words = projects.flatMap((project) => ['--project', project]);
  return {
    name,
    report,
    command: ['vitest', 'run', ...words, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    ...options,
  };
};

/** Whether the failure is already counted: a test run can also fail as a whole. */
const namesFailures = (report) => {
  if (!report || !existsSync(report)) return false;
  const { numFailedTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'));
  return numFailedTests + numFailedTestSuites > 0;
};
