/** `/docs`: openapi.json for people, as a page without scripts. */
import { createHash } from 'node:crypto';
import type { ZodOpenApiOperationObject } from 'zod-openapi';

/** The parts of a schema that the page shows. */
interface Document {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}
interface Operation extends Pick<ZodOpenApiOperationObject, 'operationId' | 'summary' | 'description'> {
  readonly tags: readonly [string];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Readonly<Record<string, unknown>>;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }
    >
  >;
}

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#1b2a33, #e6ecea); --quiet: light-dark(#54616a, #a3b0b4); --line: light-dark(#d9dedb, #333f44);
  --canvas: light-dark(#f6f6f4, #101416); --panel: light-dark(#fff, #171d20); --accent: light-dark(#0b6b63, #4fd1c0) }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem; color: var(--ink); background: var(--canvas) }
h2 { margin-top: 2.5rem } a { color: var(--accent) }
details { border: 1px solid var(--line); border-radius: 6px; background: var(--panel); margin: .4rem 0; padding: 0 .8rem }
summary { padding: .5rem 0; cursor: pointer; overflow-wrap: anywhere } summary code { font-weight: 600 }
summary span, .quiet { color: var(--quiet) }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem } th, td { text-align: left; vertical-align: top; padding: .25rem .8rem .25rem 0; border-top: 1px solid var(--line) } td + td + td { overflow-wrap: anywhere }
pre { overflow-x: auto; font-size: 13px; background: var(--canvas); border-radius: 6px; padding: .6rem }
`;
export const REFERENCE_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export const referencePage = (openApi: object): string => {
  const { info, paths, components } = openApi as Document;
  const operations = Object.entries(paths).flatMap(([path, verbs]) =>
    Object.entries(verbs).map(([verb, operation]) => ({ path, verb, operation })),
  );
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0]))];
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Millrace API</title>
<style>${STYLE}</style>
<main>
<h1>Millrace API ${escape(info.version)}</h1>
<p>Generated from <a href="/openapi.json">openapi.json</a>, which is generated from the schemas that validate each request. Send <code>Authorization: Bearer &lt;token&gt;</code>;
every error is a problem document of <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a> with a <code>code</code>, and, for invalid input, the <code>path</code> of each error.</p>
<nav aria-label="Parts"><ul>${tags.map((tag) => `<li><a href="#${anchorOf(tag)}">${escape(tag)}</a></li>`).join('')}<li><a href="#schemas">schemas</a></li></ul></nav>
${tags
  .map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags[0] === tag);
    return `<h2 id="${anchorOf(tag)}">${escape(tag)}</h2>${own.map(({ path, verb, operation }) => operationPart(path, verb, operation)).join('\n')}`;
  })
  .join('\n')}
<h2 id="schemas">schemas</h2>
${Object.entries(components.schemas)
  .map(
    ([name, schema]) =>
      `<details><summary><code>${escape(name)}</code></summary><div id="schema-${escape(name)}">${schemaPart(schema)}</div></details>`,
  )
  .join('\n')}
</main>
</html>
`;
};

const operationPart = (
  path: string,
  verb: string,
  { operationId, summary, description, parameters = [], requestBody, responses }: Operation,
): string => `
<details id="${escape(operationId ?? '')}"><summary><code>${verb.toUpperCase()} ${escape(path)}</code> <span>${escape(summary ?? '')}</span></summary>
<p class="quiet">${escape(description ?? 'No authentication needed.')}</p>
${
  parameters.length === 0
    ? ''
    : `<table><thead><tr><th>Parameter</th><th>In</th><th>Type</th><th>Meaning</th></tr></thead><tbody>${parameters
        .map(
          ({ name, in: place, required, description: says, schema: { description: _said, ...schema } }) =>
            `<tr><td><code>${escape(name)}</code>${required ? '' : ' <span class="quiet">optional</span>'}</td><td>${escape(place)}</td><td><code>${escape(JSON.stringify(schema))}</code></td><td>${escape(says ?? '')}</td></tr>`,
        )
        .join('')}</tbody></table>`
}
${requestBody === undefined ? '' : `<p>Body</p>${contentPart(requestBody.content)}`}
${Object.entries(responses)
  .map(
    ([status, { description: says, content }]) =>
      `<p><code>${escape(status)}</code> ${escape(says)}</p>${contentPart(content ?? {})}`,
  )
  .join('')}
</details>`;

const contentPart = (content: Readonly<Record<string, { readonly schema: unknown }>>): string =>
  Object.entries(content)
    .map(([type, { schema }]) => `<p class="quiet">${escape(type)}</p>${schemaPart(schema)}`)
    .join('');

/** Turns references into links: browsers open the <details> that a link targets. */
const schemaPart = (schema: unknown): string => {
  const text = escape(JSON.stringify(schema, null, 2));
  return `<pre tabindex="0">${text.replaceAll(/#\/components\/schemas\/(\w+)/g, '<a href="#schema-$1">$1</a>')}</pre>`;
};

const anchorOf = (tag: string): string => tag.replaceAll(/\W+/g, '-');

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
