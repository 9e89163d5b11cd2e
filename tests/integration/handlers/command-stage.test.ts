import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { waitFor } from '@millrace/core/testing';
import { attempt, gone, removeTemporaryFolders, temporaryFolder } from './attempt-fixture.ts';

afterEach(removeTemporaryFolders);
const node = (script: string, ...args: string[]) => [process.execPath, '-e', script, ...args];
const sh = (script: string) => ['sh', '-c', script];
const succeeded = (output: unknown) => ({ kind: 'succeeded', outputJson: JSON.stringify(output) });
const failed = (code: string, message: RegExp, retryable: boolean) => ({
  kind: 'failed',
  error: { code, message: expect.stringMatching(message) },
  retryable,
});

describe('what a command is given', () => {
  test('its input, who it is, and of the worker environment only what is allowed', async () => {
    process.env['MILLRACE_SECRET_OF_THE_WORKER'] = 'x';
    const script = `const fs = require('fs'); fs.writeFileSync(process.env.MILLRACE_OUTPUT, JSON.stringify({ env: process.env, cwd: process.cwd(), input: JSON.parse(fs.readFileSync(process.env.MILLRACE_INPUT)), argv: process.argv.slice(1) }))`;
    const dir = await temporaryFolder();
    await mkdir(join(dir, 'sub'));
    const trial = await attempt(
      {
        command: node(script, '${{ params.a }}-${{ run.id }}', '${{run.tick}}'),
        env: { MODE: 'm ${{ params.b.c }}' },
        cwd: '${{ params.dir }}',
      },
      {
        params: { a: '${{ params.b }}', b: { c: [1, { d: 2 }] }, dir: 'sub' },
        claim: { trigger: { kind: 'schedule', tick: 0 } },
        dir,
      },
    );
    const outcome = await trial.outcome;
    const output = JSON.parse((outcome as { outputJson: string }).outputJson) as {
      env: Record<string, string>;
      cwd: string;
      input: unknown;
      argv: string[];
    };
    expect(output.cwd).toBe(join(dir, 'sub'));
    expect(output.input).toEqual({ params: { a: '${{ params.b }}', b: { c: [1, { d: 2 }] }, dir: 'sub' }, inputs: {} });
    expect(output.argv).toEqual(['${{ params.b }}-01890000-0000-7000-8000-000000000001', '1970-01-01T00:00:00.000Z']);
    expect(output.env).toMatchObject({
      MODE: 'm [1,{"d":2}]',
      MILLRACE_RUN_ID: '01890000-0000-7000-8000-000000000001',
      MILLRACE_STAGE: 'only',
      MILLRACE_ATTEMPT: '2',
      MILLRACE_FENCE: '7',
      MILLRACE_IDEMPOTENCY_KEY: '01890000-0000-7000-8000-000000000001.only.1',
    });
    const allowed = [
      'PATH',
      'HOME',
      'LANG',
      'TZ',
      'TMPDIR',
      'PYTHONUNBUFFERED',
      'MODE',
      'MILLRACE_RUN_ID',
      'MILLRACE_STAGE',
      'MILLRACE_ATTEMPT',
      'MILLRACE_FENCE',
      'MILLRACE_IDEMPOTENCY_KEY',
      'MILLRACE_INPUT',
      'MILLRACE_OUTPUT',
      'MILLRACE_CHECKPOINT',
      'MILLRACE_ARTIFACTS',
    ];
    expect(Object.keys(output.env).filter((name) => !allowed.includes(name))).toEqual([]);
  });

  test('hostile params byte for byte, never read by a shell', async () => {
    const hostile = [
      '; rm -rf /',
      '$(id)',
      '`id`',
      '${{ params.x }}',
      '%s%n',
      "'",
      '"',
      '\\',
      '\n',
      '\r\n',
      '\t',
      '-',
      '--',
      '--help',
      '*',
      '~',
      '#',
      '!',
      '&&',
      '|',
      '>',
      '<',
      '',
      ' ',
      'é',
      '日本',
      '👩‍👩‍👧',
      '\u202e',
      '\u0001\u007f',
      '\ufeff',
      '\ud83d\ude00',
      'a'.repeat(5_000),
      '{a,b}',
      '[a]',
      '$HOME',
      '$$',
      '\\0',
      '%00',
      '../../etc/passwd',
      'NODE_OPTIONS=--x',
    ];
    const mixed = hostile.flatMap((one, i) => hostile.slice(0, 8).map((other, j) => `${one}${i}${other}${j}`));
    const all = [...hostile, ...mixed];
    const names = all.map((_, i) => `p${i}`);
    const trial = await attempt(
      {
        command: node(
          `require('fs').writeFileSync(process.env.MILLRACE_OUTPUT, JSON.stringify(process.argv.slice(1).map((a) => Buffer.from(a).toString('hex'))))`,
          '--',
          ...names.map((name) => `\${{ params.${name} }}`),
        ),
      },
      { params: Object.fromEntries(all.map((value, i) => [`p${i}`, value])) },
    );
    expect(all.length).toBeGreaterThan(300);
    expect(await trial.outcome).toEqual(succeeded(all.map((value) => Buffer.from(value).toString('hex'))));
  });

  test.each([
    ['\0', 'invalid_argument', /NUL/],
    ['\ud800', 'invalid_argument', /surrogate/],
    [undefined, 'unresolved_reference', /params\.x has no value/],
  ])('a value that cannot be passed (%j) is refused', async (x, code, message) => {
    const trial = await attempt({ command: ['true', '${{ params.x }}'] }, { params: x === undefined ? {} : { x } });
    expect(await trial.outcome).toEqual(failed(code, message, false));
  });
});

describe('checkpoints of a command', () => {
  const write = (text: string) =>
    `echo '${text}' > $MILLRACE_CHECKPOINT.new; mv $MILLRACE_CHECKPOINT.new $MILLRACE_CHECKPOINT`;

  test('it reads the last one, and what it writes is kept while it runs', async () => {
    const dir = await temporaryFolder();
    const trial = await attempt(
      { command: sh(`cat $MILLRACE_CHECKPOINT >&2; ${write('{"n":2}')}; while [ ! -e go ]; do sleep 0.02; done`) },
      { claim: { checkpointJson: '{"n":1}' }, dir },
    );
    await waitFor(() => trial.checkpoints.length > 0, { what: 'the checkpoint' });
    await writeFile(join(dir, 'go'), '');
    expect(await trial.outcome).toEqual(succeeded(null));
    expect(trial.lines('err')).toEqual(['{"n":1}']);
    expect(trial.checkpoints).toEqual([{ n: 2 }]);
  });

  test.each([
    ['at a failure', `${write('[3]')}; exit 1`, [[3]], null],
    ['nothing where it wrote nothing', 'exit 1', [], null],
    ['not JSON', `${write('{nope')}; exit 1`, [], /was not kept: .*JSON/],
    ['a number that JSON would change', `${write('{"a":9007199254740993}')}; exit 1`, [], /checkpoint.a: .*exactly/],
    [
      'too long',
      `head -c 70000 /dev/zero | tr '\\0' 1 > $MILLRACE_CHECKPOINT; exit 1`,
      [],
      /checkpoint_bytes is 65536/,
    ],
    ['a link', 'ln -s /etc/hostname $MILLRACE_CHECKPOINT; exit 1', [], /is not a regular file/],
    ['a pipe', 'mkfifo $MILLRACE_CHECKPOINT; exit 1', [], /is not a regular file/],
  ])('%s', async (_, script, kept, says) => {
    const trial = await attempt({ command: sh(script) });
    expect(await trial.outcome).toEqual(failed('command_failed', /exit code 1/, true));
    expect(trial.checkpoints).toEqual(kept);
    const notes = trial.lines('log').filter((line) => line.startsWith('MILLRACE_CHECKPOINT'));
    expect(notes).toEqual(says === null ? [] : [expect.stringMatching(says)]);
  });

  test('the one that it writes when its worker stops is kept', async () => {
    const trial = await attempt({
      command: sh(`trap 'echo 5 > $MILLRACE_CHECKPOINT; exit 0' TERM; echo ready; while :; do sleep 0.05; done`),
      grace: '5s',
    });
    await trial.said('ready');
    trial.abort({ kind: 'drain', reason: 'the worker stops', graceMs: null });
    expect(await trial.outcome).toMatchObject({ kind: 'handed_back' });
    expect(trial.checkpoints).toEqual([5]);
  });
});

describe('how a command ends', () => {
  test.each<[string, readonly string[], ReturnType<typeof failed> | ReturnType<typeof succeeded>]>([
    ['no output file is null', ['true'], succeeded(null)],
    [
      'exit code, with the last lines of stderr',
      sh('echo first >&2; echo boom >&2; exit 3'),
      failed('command_failed', /exit code 3: first\nboom/, true),
    ],
    ['137 hints at memory', sh('exit 137'), failed('command_failed', /exit code 137 \(SIGKILL: .*memory/, true)],
    ['75 is temporary', sh('exit 75'), failed('command_failed', /temporary/, true)],
    ['a signal is named', sh('kill -SEGV $$'), failed('command_failed', /signal SIGSEGV/, true)],
    [
      'not installed',
      ['no-such-program-here', 'x'],
      failed('command_not_found', /"no-such-program-here" on PATH \(.*\/bin/, false),
    ],
    ['not there', ['./missing.sh'], failed('command_not_found', /"\.\/missing\.sh" in \//, false)],
    ['output is not JSON', sh('echo "{nope" > $MILLRACE_OUTPUT'), failed('invalid_output', /does not hold JSON/, true)],
    ['output is not UTF-8', sh('printf "\\377\\376" > $MILLRACE_OUTPUT'), failed('invalid_output', /UTF-8/, true)],
    [
      'output has numbers beyond a double',
      sh('echo "{\\"id\\":9007199254740993,\\"in\\":[{\\"x\\":1e400}]}" > $MILLRACE_OUTPUT'),
      failed(
        'invalid_output',
        /output\.id: 9007199254740993 cannot be kept exactly: send it as a text \(and 1 more\)/,
        true,
      ),
    ],
    [
      'output is too deep',
      sh(`printf '${'['.repeat(101)}${']'.repeat(101)}' > $MILLRACE_OUTPUT`),
      failed('invalid_output', /more than 100 levels/, true),
    ],
    ['output is a pipe', sh('mkfifo $MILLRACE_OUTPUT'), failed('invalid_output', /regular file/, true)],
    [
      'output is too large',
      sh('head -c 300000 /dev/zero > $MILLRACE_OUTPUT'),
      failed('output_too_large', /output_bytes/, false),
    ],
  ])('%s', async (_name, command, expected) => {
    expect(await (await attempt({ command })).outcome).toEqual(expected);
  });

  test('75 is retried even when command_failed is excepted', async () => {
    const retry = { nonRetryableErrors: ['command_failed'] };
    expect(await (await attempt({ command: sh('exit 75'), retry })).outcome).toMatchObject({ retryable: true });
    expect(await (await attempt({ command: sh('exit 74'), retry })).outcome).toMatchObject({ retryable: false });
  });

  test('a file that may not be executed, a lost interpreter, and a folder that is not there', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'plain.sh'), '#!/bin/sh\n');
    await writeFile(join(dir, 'lost.sh'), '#!/no/such/interpreter\n');
    await chmod(join(dir, 'lost.sh'), 0o755);
    expect(await (await attempt({ command: ['./plain.sh'] }, { dir })).outcome).toEqual(
      failed('command_not_executable', /plain\.sh may not be executed/, false),
    );
    expect(await (await attempt({ command: ['./lost.sh'] }, { dir })).outcome).toEqual(
      failed('command_not_found', /interpreter/, false),
    );
    expect(await (await attempt({ command: ['true'], cwd: 'nowhere' }, { dir })).outcome).toEqual(
      failed('cwd_not_found', /nowhere/, false),
    );
  });

  test('a missing required key and a schema violation fail the attempt with their paths', async () => {
    const command = sh('echo \'{"a":"x"}\' > $MILLRACE_OUTPUT');
    expect(await (await attempt({ command, outputs: { required: ['a', 'rows'] } })).outcome).toEqual(
      failed('invalid_output', /^output\.rows: is required; the output has the keys a$/, true),
    );
    expect(
      await (await attempt({ command, output: { type: 'object', properties: { a: { type: 'number' } } } })).outcome,
    ).toEqual(failed('invalid_output', /output\.a: .*number/, true));
  });

  test('nothing is left in the temporary folder', async () => {
    const own = await mkdtemp(join(tmpdir(), 'millrace-test-'));
    vi.stubEnv('TMPDIR', own);
    try {
      await (await attempt({ command: sh('echo x > $MILLRACE_ARTIFACTS/x; exit 1') })).outcome;
      expect((await readdir(own)).filter((name) => /^millrace-(?!test)/.test(name))).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await rm(own, { recursive: true });
    }
  });
});

describe('output as log lines', () => {
  test('both streams, in order, whole characters, also without a last newline', async () => {
    const trial = await attempt({
      command: node(
        `process.stdout.write(Buffer.from([0xc3])); setTimeout(() => { process.stdout.write(Buffer.concat([Buffer.from([0xa9]), Buffer.from('\\nzwei\\r\\ndrei')])); process.stderr.write('err\\n') }, 30)`,
      ),
    });
    expect(await trial.outcome).toEqual(succeeded(null));
    expect(trial.lines('out')).toEqual(['é', 'zwei', 'drei']);
    expect(trial.lines('err')).toEqual(['err']);
  });

  test('a 10 MB line is cut and marked, and binary noise fits in events', async () => {
    const trial = await attempt({
      command: node(
        `const { writeSync } = require('fs'); const put = (b) => { for (let at = 0; at < b.length;) try { at += writeSync(1, b, at) } catch (e) { if (e.code !== 'EAGAIN') throw e } }; put(Buffer.alloc(10_000_000, 'a')); put(Buffer.from('\\nafter\\n')); put(Buffer.alloc(40_000, 1)); put(Buffer.alloc(40_000, 255)); put(Buffer.from('\\nlast\\n'))`,
      ),
    });
    expect(await trial.outcome).toEqual(succeeded(null));
    const lines = trial.lines('out');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^a{15360} … \[line cut/);
    expect([lines[1], lines[3]]).toEqual(['after', 'last']);
    for (const event of trial.events) expect(Buffer.byteLength(JSON.stringify(event.data))).toBeLessThan(16 * 1_024);
  });

  test('a line that has not ended is shown after a second of silence', async () => {
    const trial = await attempt({ command: sh('printf "Password: "; sleep 600') });
    await trial.said('Password: ');
    trial.abort({ kind: 'cancelled', reason: 'seen', graceMs: 100 });
    await trial.outcome;
    expect(trial.lines('out')).toEqual(['Password: ']);
  });

  test('of a progress bar what it was last, an update a second, and all that follows it', async () => {
    const bar =
      'let i = 0; const t = setInterval(() => { process.stdout.write(`\\r[${"#".repeat(90)}] ${++i}/250`); if (i === 250) { clearInterval(t); process.stdout.write("\\rWARNING: 3 were corrupt\\nsaved\\n") } }, 5)';
    const trial = await attempt({ command: node(bar) });
    expect(await trial.outcome).toEqual(succeeded(null));
    expect(trial.lines('out').slice(-2)).toEqual(['WARNING: 3 were corrupt', 'saved']);
    expect(trial.lines('out').filter((line) => line.endsWith('/250')).length).toBe(0);
    // One per second it ran; the state of a bar is rewritten anyway.
    expect(trial.lines('out').length).toBeLessThan(50);
    expect(
      trial
        .lines('out')
        .slice(0, -2)
        .every((line) => line.endsWith('\r')),
    ).toBe(true);
  });

  test('many lines: none lost, none out of order', async () => {
    const trial = await attempt({ command: ['seq', '1', '50000'] });
    await trial.outcome;
    expect(trial.lines('out')).toEqual(Array.from({ length: 50_000 }, (_, i) => String(i + 1)));
  });
});

describe('artifacts', () => {
  test('files become artifacts, folders in their names; links are not followed', async () => {
    const trial = await attempt({
      command: sh(
        'cd $MILLRACE_ARTIFACTS && mkdir -p sub/deep && printf "a,b" > sub/deep/t.csv && printf hi > note && ln -s /etc/passwd stolen && ln -s /etc sub/etc && mkfifo pipe',
      ),
    });
    expect(await trial.outcome).toEqual(succeeded(null));
    const stored = trial.events
      .filter((event) => event.type === 'stage.artifact')
      .map((event) => event.data as { id: string; name: string; sha256: string; size: number; content_type: string });
    expect(stored.map(({ id, name, size, content_type }) => [id, name, size, content_type])).toEqual([
      ['only.1.2.1', 'note', 2, 'application/octet-stream'],
      ['only.1.2.2', 'sub/deep/t.csv', 3, 'text/csv'],
    ]);
    expect(String(await trial.bytesOf(stored[1]!.sha256))).toBe('a,b');
    expect(trial.lines('log').join()).toMatch(/not regular files: pipe, stolen, sub\/etc/);
  });

  test('the content type follows from the extension', async () => {
    const trial = await attempt({
      command: sh('cd $MILLRACE_ARTIFACTS && touch a.PNG b.tar.gz c.jsonl d.parquet e.wav f.ts g.unheard'),
    });
    expect(await trial.outcome).toEqual(succeeded(null));
    const stored = trial.events
      .filter(({ type }) => type === 'stage.artifact')
      .map(({ data }) => data as { name: string; content_type: string });
    expect(stored.map(({ name, content_type }) => [name, content_type])).toEqual([
      ['a.PNG', 'image/png'],
      ['b.tar.gz', 'application/gzip'],
      ['c.jsonl', 'application/x-ndjson'],
      ['d.parquet', 'application/vnd.apache.parquet'],
      ['e.wav', 'audio/wav'],
      ['f.ts', 'text/plain'],
      ['g.unheard', 'application/octet-stream'],
    ]);
  });

  test('names that are not UTF-8, or hold what no artifact name may, are stored escaped; a removed folder is a line in the log', async () => {
    const trial = await attempt({
      command: sh(
        `cd "$MILLRACE_ARTIFACTS"; mkdir "$(printf 'd\\351')"; echo hi > "$(printf 'd\\351/caf\\351 50%%.txt')"; echo x > "$(printf 'a\\nb\\\\c')"; echo 1 > 'ü 50%'`,
      ),
    });
    expect(await trial.outcome).toEqual(succeeded(null));
    const stored = trial.events
      .filter(({ type }) => type === 'stage.artifact')
      .map(({ data }) => data as { name: string; sha256: string });
    expect(stored.map(({ name }) => name)).toEqual(['a%0Ab%5Cc', 'd%E9/caf%E9 50%25.txt', 'ü 50%']);
    expect(String(await trial.bytesOf(stored[1]!.sha256))).toBe('hi\n');
    expect(trial.lines('log').join()).toMatch(/not plain UTF-8 text are stored with "%".*d%E9/);
    for (const script of [
      'rmdir "$MILLRACE_ARTIFACTS"',
      'rmdir "$MILLRACE_ARTIFACTS"; ln -s /etc "$MILLRACE_ARTIFACTS"',
      'rm -rf "$(dirname "$MILLRACE_OUTPUT")"',
    ]) {
      const removed = await attempt({ command: sh(script) });
      expect(await removed.outcome).toEqual(succeeded(null));
      expect(removed.lines('log')).toEqual([
        expect.stringContaining('removed or replaced its folder MILLRACE_ARTIFACTS'),
      ]);
      expect(removed.events.filter(({ type }) => type === 'stage.artifact')).toEqual([]);
    }
  });

  test.each([
    ['a failed command', { command: sh('echo x > $MILLRACE_ARTIFACTS/state.txt; exit 1') }, 'command_failed'],
    [
      'a wrong output',
      { command: sh('echo x > $MILLRACE_ARTIFACTS/state.txt; echo nope > $MILLRACE_OUTPUT') },
      'invalid_output',
    ],
    [
      'a timeout',
      { command: sh('echo x > $MILLRACE_ARTIFACTS/state.txt; echo page 7; sleep 600'), timeout: 2_000, grace: 100 },
      'timed_out',
    ],
  ])('of %s are kept', async (_name, stage, code) => {
    const trial = await attempt(stage);
    expect(await trial.outcome).toMatchObject({ kind: 'failed', error: { code } });
    expect(trial.events.filter(({ type }) => type === 'stage.artifact').map(({ data }) => data['name'])).toEqual([
      'state.txt',
    ]);
    if (code === 'timed_out')
      expect(await trial.outcome).toMatchObject({
        error: { message: expect.stringMatching(/; it printed last: page 7$/) },
      });
  });

  test('a linked output file is refused', async () => {
    const dir = await temporaryFolder();
    await writeFile(join(dir, 'x.json'), '1');
    await symlink(join(dir, 'x.json'), join(dir, 'link'));
    expect(await (await attempt({ command: sh(`ln -s ${join(dir, 'x.json')} $MILLRACE_OUTPUT`) })).outcome).toEqual(
      failed('invalid_output', /regular file/, true),
    );
  });
});

describe('stopping', () => {
  const cancel = { kind: 'cancelled', reason: 'by test', graceMs: 200 } as const;

  test('SIGTERM first: a command may tidy up', async () => {
    const trial = await attempt({
      command: node(
        `process.on('SIGTERM', () => { console.log('tidied'); process.exit(0) }); console.log('up'); setInterval(() => {}, 1000)`,
      ),
    });
    await trial.said('up');
    trial.abort({ ...cancel, graceMs: 30_000 });
    expect(await trial.outcome).toEqual({ kind: 'cancelled', reason: 'by test' });
    expect(trial.lines('out')).toEqual(['up', 'tidied']);
  });

  test('SIGKILL after the grace: a command that traps SIGTERM dies, and so do its children', async () => {
    const trial = await attempt({
      command: sh(
        `trap '' TERM; sh -c 'trap "" TERM; sleep 600 & echo grandchild $!; wait' & echo child $!; echo self $$; while true; do sleep 600; done`,
      ),
    });
    await trial.said('grandchild');
    await trial.said('self');
    trial.abort(cancel);
    expect(await trial.outcome).toEqual({ kind: 'cancelled', reason: 'by test' });
    await gone(trial.lines('out').map((line) => Number(line.split(' ')[1])));
  });

  test('drain hands back, a timeout fails, a silent command loses its heartbeat', async () => {
    const trial = await attempt({ command: sh('echo up; sleep 600') });
    await trial.said('up');
    trial.abort({ kind: 'drain', reason: 'shutdown', graceMs: 100 });
    expect(await trial.outcome).toEqual({ kind: 'handed_back', reason: 'drain', delayMs: 0 });
    expect(await (await attempt({ command: sh('sleep 600'), timeout: 150, grace: 100 })).outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'timed_out' },
      retryable: true,
    });
    expect(
      await (await attempt({ command: sh('sleep 600'), heartbeatTimeout: 150, grace: 100 })).outcome,
    ).toMatchObject({
      kind: 'failed',
      error: { code: 'heartbeat_lost' },
    });
  });

  test('output is a sign of life', async () => {
    const command = node(
      `let n = 0; const t = setInterval(() => { process.stdout.write('.'); if (++n === 30) { clearInterval(t); process.stdout.write('done\\n') } }, 50)`,
    );
    expect(await (await attempt({ command, heartbeatTimeout: 1_000 })).outcome).toEqual(succeeded(null));
  });

  test('a background child that keeps the output open does not hold the stage, and dies', async () => {
    const trial = await attempt({ command: sh('sleep 600 & echo $!') });
    expect(await trial.outcome).toEqual(succeeded(null));
    await gone([Number(trial.lines('out')[0])]);
  });

  test.runIf(process.platform === 'linux')('a child that left the group (setsid) dies too', async () => {
    const trial = await attempt({ command: sh('setsid sleep 600 & echo $!; sleep 0.2') });
    expect(await trial.outcome).toEqual(succeeded(null));
    await gone([Number(trial.lines('out')[0])]);
  });

  test.runIf(process.platform === 'linux').each([
    [
      'left the group with an empty environment, an orphan',
      '(env -i setsid "$(command -v sleep)" 600 </dev/null >/dev/null 2>&1 & echo $!); sleep 0.3',
      true,
    ],
    [
      'outlives a shim that the command killed',
      'env -i setsid "$(command -v sleep)" 600 & echo $!; sleep 0.3; kill -KILL $PPID; sleep 600',
      false,
    ],
    [
      'has a parent that the command stopped',
      'env -i setsid "$(command -v sleep)" 600 & echo $!; sleep 0.3; kill -STOP $PPID',
      true,
    ],
  ])('a child dies that %s', async (_, script, succeeds) => {
    const trial = await attempt({ command: sh(script) });
    expect((await trial.outcome).kind).toBe(succeeds ? 'succeeded' : 'failed');
    await gone([Number(trial.lines('out')[0])]);
  });
});
