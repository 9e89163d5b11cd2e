/** How the records of packages/core/src/redis/layout/records.ts are read and written in Lua. */
import {
  CODES,
  HASH_RECORDS,
  JSON_RECORDS,
  LIST_RECORDS,
  luaName,
  PACKED_RECORDS,
} from '../../../packages/core/dist/redis/layout/index.js';

const namesOf = ({ fields }) => Object.keys(fields).map(luaName);

/**
 * `RUN.status` is the name of that field in Redis, `TIMER_KIND.run` a code: null when there is no such field, undefined
 * when there is no such table.
 */
export const storedName = (record, member) => {
  const fields = (HASH_RECORDS[record] ?? CODES[record])?.fields;
  if (!fields) return undefined;
  const found = Object.entries(fields).find(([name]) => luaName(name) === member);
  if (!found) return null;
  const { stored } = found[1];
  return typeof stored === 'number' ? `${stored}` : `'${stored}'`;
};

/**
 * `RUN.fields(status, version)`: the names of these in Redis. The Lua for `record.verb(args)`, or for `record.verb { …
 * }` where `members` are its members; undefined when there is no such verb. `match(text, name, …)` and `each(text,
 * name, …)`: these fields of a packed record, or of each of several. `pack { … }` makes one, `pattern(name, …)` is what
 * `each` looks for, `packed(table)` from a table of all its fields, `array { … }` and `object { … }` one in JSON, `list
 * { … }` one of a reply; `prefix { … }` is what a record with these first fields begins with.
 */
export const useOf = (record, verb, args, members, refuse) => {
  const packed = PACKED_RECORDS[record];
  const asJson = JSON_RECORDS[record];
  const asList = LIST_RECORDS[record];
  if (HASH_RECORDS[record] && verb === 'fields')
    return args.map((name) => storedName(record, name) ?? refuse(`no field ${name}`)).join(', ');
  if (packed && verb === 'match')
    return `string.match(${args[0]}, '^${patternOf(packed, args.slice(1), '.*', refuse)}${args.at(-1) === namesOf(packed).at(-1) ? '$' : ''}')`;
  if (packed && verb === 'each')
    return `string.gmatch(${args[0]}, '${patternOf(packed, args.slice(1), '%S+', refuse, namesOf(packed).length - 1)}')`;
  if (packed && verb === 'pattern') return `'${patternOf(packed, args, '%S+', refuse, namesOf(packed).length - 1)}'`;
  if (packed && verb === 'packed')
    return joined(
      packed,
      namesOf(packed).map((name) => `${args[0]}.${name}`),
    );
  if (packed && verb === 'pack') return joined(packed, members.inOrder(namesOf(packed)));
  if (packed && verb === 'prefix') return prefixOf(packed, members, refuse);
  if (asJson && verb === 'array') return jsonOf(asJson, members.inOrder(namesOf(asJson)), '[', () => '', ']');
  if (asJson && verb === 'object')
    return jsonOf(asJson, members.inOrder(namesOf(asJson)), '{', (name) => `"${name}":`, '}');
  if (asList && verb === 'list') return `{ ${members.inOrder(namesOf(asList)).join(', ')} }`;
  return undefined;
};

/** Captures the wanted fields, which are in the order of the record, and goes no further than it must. */
const patternOf = (record, wanted, rest, refuse, last) => {
  const names = namesOf(record);
  const places = wanted.map((name) => names.indexOf(name));
  if (places.length === 0 || places.some((place, at) => place <= (places[at - 1] ?? -1)))
    refuse(`not fields of it in its order: ${wanted.join(', ')}`);
  // Where one record of several ends, the next one begins: only a whole one is found.
  const upto = last ?? places.at(-1);
  return Object.values(record.fields)
    .slice(0, upto + 1)
    .map((field, at) => {
      const one = classOf(field, record.separators[at], rest);
      return (places.includes(at) ? `(${one})` : one) + (at < upto ? escaped(record.separators[at]) : '');
    })
    .join('');
};

const escaped = (separator) => separator.replace(/[.%-]/, '%$&');

const classOf = ({ kind }, separator, rest) => {
  if (kind === 'number' || kind === 'ms' || kind === 'flag') return '%d+';
  if (separator === undefined) return rest;
  return separator === ' ' ? '%S+' : `[^${separator}]+`;
};

const joined = ({ separators }, values) =>
  concatenated(
    values.flatMap((value, at) => (separators[at] === undefined ? [value] : [value, `'${separators[at]}'`])),
  );

const prefixOf = (record, members, refuse) => {
  const first = namesOf(record).slice(0, members.names().length);
  if (members.names().some((name) => !first.includes(name)))
    refuse(`not its first fields: ${members.names().join(', ')}`);
  return joined({ separators: record.separators.slice(0, first.length) }, members.inOrder(first));
};

const jsonOf = ({ fields }, values, open, label, close) => {
  const kinds = Object.values(fields);
  const names = namesOf({ fields });
  const parts = values.flatMap((value, at) => {
    const quote = kinds[at].kind === 'text' ? '"' : '';
    const part = [`'${at === 0 ? open : ','}${label(names[at])}${quote}'`, value, `'${quote}'`];
    return kinds[at].optional ? [`(${value} and (${concatenated(part)}) or '')`] : part;
  });
  return concatenated([...parts, `'${close}'`]);
};

/** Neighbouring literals are one, values that are not plain go into brackets. */
const concatenated = (parts) => {
  const merged = [];
  for (const part of parts) {
    if (part.startsWith("'") && merged.at(-1)?.startsWith("'"))
      merged.push(`${merged.pop().slice(0, -1)}${part.slice(1)}`);
    else merged.push(part);
  }
  return merged
    .filter((part) => part !== "''")
    .map((part) => (/ (and|or|not) /.test(part) ? `(${part})` : part))
    .join(' .. ');
};

/** The lines of `-- @record STAGE`: a function that makes a table of a packed record. */
export const unpackFunction = (record) => {
  const { fields, separators, initial } = PACKED_RECORDS[record];
  const names = namesOf({ fields });
  const pattern = Object.values(fields).map(
    (field, at) => `(${classOf(field, separators[at], '.*')})${escaped(separators[at] ?? '')}`,
  );
  return [
    `local function unpack_${record.toLowerCase()}(packed)`,
    ...(initial
      ? [
          `  if not packed then return { ${Object.values(initial)
            .map((value, at) => `${names[at]} = '${value}'`)
            .join(', ')} } end`,
        ]
      : []),
    `  local ${names.join(', ')} =`,
    `    string.match(packed, '^${pattern.join('')}$')`,
    `  return { ${names.map((name) => `${name} = ${name}`).join(', ')} }`,
    'end',
  ];
};
