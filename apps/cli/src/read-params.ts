import { InexactJsonError, nearestName, parseExactJson } from '@millrace/core/domain';
import { CliError, EXIT } from './exit-codes.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * Parses `--param k=v` by the params schema, and `--value k=v` by the form of a gate: numbers, booleans, and JSON for
 * objects and lists. Where the schema gives no type, a value that parses as JSON is JSON, anything else a string.
 * Reports all problems together; the API checks the rest.
 * @throws CliError usage
 */
export const readParams = (
  pairs: readonly string[],
  schema: JsonSchema | null,
  owner: string,
  option: '--param' | '--value' = '--param',
): Record<string, unknown> => {
  const properties = (schema?.['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const params: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at);
    if (at < 1) problems.push(`${option} ${pair}: must be name=value`);
    else if (Object.hasOwn(params, name)) problems.push(`${option} ${name}: given twice`);
    else if (!Object.hasOwn(properties, name) && isClosed(schema))
      problems.push(`${option} ${name}: ${owner} has no such ${option.slice(2)}${hint(name, Object.keys(properties))}`);
    else {
      const value = readValue(pair.slice(at + 1), typesOf(properties[name]), name);
      if (value instanceof InexactJsonError) problems.push(`${option} ${value.message}`);
      else if (value === undefined)
        problems.push(
          `${option} ${name}: "${pair.slice(at + 1, at + 61)}" is not ${typesOf(properties[name])
            .map((type) => SAYS[type] ?? type)
            .join(' or ')}`,
        );
      else params[name] = value;
    }
  }
  if (problems.length > 0) throw new CliError(EXIT.usage, problems[0]!, { details: problems.slice(1) });
  return params;
};

/** Parses `--label k=v`; both are strings. */
export const readPairs = (option: string, pairs: readonly string[]): Record<string, string> => {
  const wrong = pairs.find((pair) => pair.indexOf('=') < 1);
  if (wrong !== undefined) throw new CliError(EXIT.usage, `${option} ${wrong}: must be name=value`);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
};

const isClosed = (schema: JsonSchema | null): boolean =>
  schema === null ||
  (schema['properties'] !== undefined &&
    !schema['additionalProperties'] &&
    !['patternProperties', 'allOf', 'anyOf', 'oneOf', '$ref'].some((keyword) => keyword in schema));

const hint = (name: string, known: readonly string[]): string => {
  const nearest = nearestName(name, known);
  return nearest ? `; did you mean "${nearest}"?` : known.length > 0 ? `; it has ${known.join(', ')}` : '';
};

const SAYS: Readonly<Record<string, string>> = {
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object',
  array: 'a JSON list',
  null: 'null',
};

const typesOf = (schema: JsonSchema | undefined): readonly string[] => {
  const type = schema?.['type'];
  return Array.isArray(type) ? (type as string[]) : typeof type === 'string' ? [type] : [];
};

/** Undefined: the text fits none of the types. It is a string only if it fits no other allowed type. */
const readValue = (text: string, types: readonly string[], name: string): unknown => {
  if (types.length === 1 && types[0] === 'string') return text;
  const parsed = parseJson(text, name);
  if (parsed instanceof InexactJsonError) return types.includes('string') ? text : parsed;
  if (types.length === 0) return parsed === undefined ? text : parsed;
  if (parsed !== undefined && types.some((type) => type !== 'string' && isOfType(parsed, type))) return parsed;
  return types.includes('string') ? text : undefined;
};

const parseJson = (text: string, name: string): unknown => {
  try {
    return parseExactJson(text, name);
  } catch (error) {
    return error instanceof InexactJsonError ? error : undefined;
  }
};

const isOfType = (value: unknown, type: string): boolean => {
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'array') return Array.isArray(value);
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
};
