/*
 * Names each test that failed, with the first line of its error: what a cut log still shows. Then `N passed, N failed`:
 * the sum over vitest's JSON reports of the last `npm test`. A gate without tests that failed counts as one failure,
 * and so does a test run that left no report.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { fileURLToPath } from 'node:url';

const folder = process.argv[2] ?? fileURLToPath(new URL('../test-results', import.meta.url));
const names = existsSync(folder) ? readdirSync(folder) : [];
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const reports = names.filter((name) => name.endsWith('.json') && !name.endsWith('.gates.json')).map(read);
const gates = names.filter((name) => name.endsWith('.gates.json')).flatMap((name) => read(name).failed);

for (const { name, assertionResults, message } of reports
  .flatMap((report) => report.testResults)
  .filter((file) => file.status === 'failed')) {
  const file = relative(join(folder, '..'), name);
  const failures = assertionResults.filter((test) => test.status === 'failed');
  const lines = failures.map((test) => `${file}: ${test.fullName}: ${test.failureMessages[0]}`);
  for (const line of lines.length > 0 ? lines : [`${file}: ${message}`])
    console.log(`failed: ${stripVTControlCharacters(line.split('\n', 1)[0]).slice(0, 500)}`);
}

const passed = reports.reduce((sum, report) => sum + report.numPassedTests, 0);
const failedTests = reports.reduce((sum, report) => sum + report.numFailedTests, 0);
// A file that does not load has no failed test, but it failed.
const brokenFiles = reports
  .flatMap((report) => report.testResults)
  .filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const failed = failedTests + brokenFiles + gates.length + (names.length === 0 ? 1 : 0);
console.log(`${passed} passed, ${failed} failed`);
