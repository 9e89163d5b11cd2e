/** Compiles each text that it is sent as a YAML definition, and answers what came of it. */
import { compilePipeline, sourceOfYaml } from '@millrace/core/definition';
import { MillraceError } from '@millrace/core/domain';

export interface Compiled {
  /** Problems by place and words; null: it is a pipeline. */
  readonly problems: readonly { readonly path: string; readonly message: string }[] | null;
  /** Something else than a problem was thrown. */
  readonly thrown: string | null;
  /** Of this process, ms. */
  readonly cpuMs: number;
}

const compile = (text: string): Omit<Compiled, 'cpuMs'> => {
  try {
    compilePipeline(sourceOfYaml(text, 'case.yaml'));
    return { problems: null, thrown: null };
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'invalid_definition')
      return { problems: error.errors, thrown: null };
    return { problems: null, thrown: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

process.on('message', (text: string) => {
  const before = process.cpuUsage();
  const compiled = compile(text);
  const { user, system } = process.cpuUsage(before);
  process.send!({ ...compiled, cpuMs: (user + system) / 1_000 } satisfies Compiled);
});
process.once('disconnect', () => process.exit());
