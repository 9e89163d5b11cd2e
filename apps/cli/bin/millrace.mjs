#!/usr/bin/env node
/* The command: committed, because npm links it before anything is built. */
import { existsSync } from 'node:fs';

const main = new URL('../dist/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('millrace: not built yet; run "npm run build" (npm start does it too)');
  process.exit(2);
}
await import(main.href);
