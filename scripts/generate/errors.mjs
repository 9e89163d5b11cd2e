/* docs/errors.md: the closed catalogue of errors. */
import { ERRORS } from '../../packages/core/dist/domain/index.js';

export const files = async () => [{ path: 'docs/errors.md', content: page() }];

const page = () => `# Errors

Every refusal is an RFC 9457 problem (\`application/problem+json\`) whose \`code\` is one of these. "Retryable" means that the same
request may succeed later, unchanged. Generated from \`packages/core/src/domain/errors.ts\`.

| code | HTTP status | title | retryable |
|---|---|---|---|
${Object.entries(ERRORS)
  .map(([code, { status, title, retryable }]) => `| \`${code}\` | ${status} | ${title} | ${retryable ? 'yes' : 'no'} |`)
  .join('\n')}
`;
