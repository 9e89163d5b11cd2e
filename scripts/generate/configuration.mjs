/* docs/configuration.md: every environment variable, from the schema that reads them. */
import { VARIABLES } from '../../packages/core/dist/config/index.js';

export const files = async () => [{ path: 'docs/configuration.md', content: page() }];

const page = () => `# Configuration

Read once, from the environment; every problem is reported at once, by name. An unknown \`MILLRACE_*\` name is one. An empty value counts as
absent. Times are milliseconds unless the value says its unit. \`millrace doctor config\` prints each value and where it came from. Generated from
\`packages/core/src/config/variables.ts\`.

| variable | default | what it is |
|---|---|---|
${Object.entries(VARIABLES)
  .map(([name, { fallback, says }]) => `| \`${name}\` | ${fallback ? `\`${fallback}\`` : ''} | ${says} |`)
  .join('\n')}

Relations: the lease is at least three heartbeats; the sweep is no longer than the lease; an address that others can reach needs a token
of 16 random characters or more.
`;
