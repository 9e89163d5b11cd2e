import { type ASTNode, Environment, EvaluationError } from '@marcbachmann/cel-js';

/** What an expression of a gate sees; `ask` is null. */
export interface GateValues {
  readonly params: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}
export interface CompiledExpression {
  /** What it evaluates to. @throws Error with the reason in one line */
  evaluate(values: GateValues): unknown;
  /** Names that it reads, each with its path: `['outputs', 'script', 'words']`. */
  readonly reads: readonly (readonly string[])[];
}

/** JSON numbers are doubles: mixed with whole numbers they stay so, whether a value happens to be whole or not. */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

const environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 16 },
})
  .registerVariable('params', 'map<string, dyn>')
  .registerVariable('outputs', 'map<string, dyn>')
  .registerVariable('ask', 'dyn');
for (const [operator, compute] of Object.entries(ARITHMETIC)) {
  const computed = (a: unknown, b: unknown): number => compute(Number(a), Number(b));
  environment.registerOperator(`double ${operator} int: double`, computed);
  environment.registerOperator(`int ${operator} double: double`, computed);
}
environment.registerOperator('double % double: double', (a: number, b: number) => a % b);

/** Each walks through a list: one inside of another could take for ever. */
const WALKS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/**
 * Compiles a CEL expression. `type`: `bool`, or `decision` for one that may also be `ask`.
 * @throws Error with the reason in one line
 */
export const compileExpression = (text: string, type: 'bool' | 'decision'): CompiledExpression => {
  const parsed = readable(() => environment.parse(text));
  const check = parsed.check();
  if (!check.valid) throw new Error(sayProblem(check.error, text));
  const allowed = type === 'bool' ? ['bool', 'dyn'] : ['bool', 'dyn', 'null'];
  if (!allowed.includes(String(check.type))) throw new Error(`it must be true or false, not ${String(check.type)}`);
  const reads: string[][] = [];
  walk(parsed.ast, reads, false);
  return { reads, evaluate: (values) => readable(() => parsed({ ...values, ask: null })) };
};

const readable = <T>(work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw new Error(sayProblem(error, ''), { cause: error });
  }
};

/** The message of the library without its excerpt, and the column. */
const sayProblem = (error: unknown, text: string): string => {
  const { message, range } = error as Error & { readonly range?: { readonly start: number } };
  const [first = 'it cannot be read'] = message.split('\n');
  return text === '' && error instanceof EvaluationError
    ? first
    : `${first}${range ? ` (character ${range.start + 1})` : ''}`;
};

const walk = (node: ASTNode, reads: string[][], inside: boolean): void => {
  const path = pathOf(node);
  if (path !== null) return void reads.push(path);
  const name = node.op === 'call' || node.op === 'rcall' ? node.args[0] : null;
  // Run by JavaScript, a pattern such as (a+)+$ takes for ever on a text that a stage made.
  if (name === 'matches') throw new Error('"matches" is not supported: use contains, startsWith, endsWith or ==');
  const walks = node.op === 'rcall' && WALKS.has(node.args[0]);
  if (walks && inside) throw new Error(`"${name}" must not stand inside of another walk through a list`);
  for (const child of childrenOf(node.args)) walk(child, reads, inside || walks);
};

function* childrenOf(args: unknown): Generator<ASTNode> {
  if (Array.isArray(args)) for (const one of args) yield* childrenOf(one);
  else if (typeof args === 'object' && args !== null && 'op' in args) yield args as ASTNode;
}

/** Of `outputs.a.b` and `outputs["a"].b`; null for anything else. */
const pathOf = (node: ASTNode): string[] | null => {
  if (node.op === 'id') return [node.args];
  if (node.op === '.') {
    const before = pathOf(node.args[0]);
    return before && [...before, node.args[1]];
  }
  if (node.op === '[]' && node.args[1].op === 'value' && typeof node.args[1].args === 'string') {
    const before = pathOf(node.args[0]);
    return before && [...before, node.args[1].args];
  }
  return null;
};
