#!/usr/bin/env node
/* The command line. What is secret goes from its environment and its arguments before anything else is loaded, which takes its time. */
import { hideSecrets } from '@millrace/core/secrets';

hideSecrets();
// The title takes the place of the arguments in `ps`.
if (process.argv.some((word) => /^--token(?:=|$)/.test(word))) process.title = 'millrace';
await import('./command-line.ts');
