/* A command whose output is the params that it was given. */
import { readFileSync, writeFileSync } from 'node:fs';

const { params } = JSON.parse(readFileSync(process.env.MILLRACE_INPUT, 'utf8'));
for (const [name, value] of Object.entries(params)) console.log(`${name} = ${JSON.stringify(value)}`);
writeFileSync(process.env.MILLRACE_OUTPUT, JSON.stringify(params));
