import type { Schema } from '../values/by-schema.ts';

/** One operation of openapi.json. */
export interface Operation {
  readonly method: string;
  /** With `{name}` in it. */
  readonly path: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly body: Schema | null;
  /** By status; null: it has no body. */
  readonly answers: ReadonlyMap<number, { readonly types: ReadonlySet<string>; readonly schema: Schema | null } | null>;
  readonly open: boolean;
}

export interface ApiDocument {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly resolve: (ref: string) => Schema;
}

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

/** The document as the API serves it. */
export const readDocument = (document: Json): ApiDocument => {
  const schemas = document.components.schemas as Record<string, Schema>;
  const operations = Object.entries(document.paths as Record<string, Record<string, Json>>).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([method, spec]): Operation => {
      const answers = Object.entries(spec.responses as Record<string, Json>).filter(([status]) => status !== 'default');
      return {
        method: method.toUpperCase(),
        path,
        parameters: spec.parameters ?? [],
        body: spec.requestBody?.content['application/json'].schema ?? null,
        answers: new Map(answers.map(([status, { content }]) => [Number(status), contentOf(content)])),
        open: spec.security.length === 0,
      };
    }),
  );
  return { operations, schemas, resolve: (ref) => schemas[ref.split('/').at(-1)!] ?? {} };
};

const contentOf = (content: Json): { types: ReadonlySet<string>; schema: Schema | null } | null => {
  const types = Object.keys(content ?? {});
  if (types.length === 0) return null;
  return {
    types: new Set(types.map((type) => type.split(';')[0]!)),
    schema: content['application/json']?.schema ?? null,
  };
};
