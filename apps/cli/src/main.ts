#!/usr/bin/env node
/*
 * The command line. Removes secrets from its environment and arguments before loading anything else, which takes a
 * while.
 */
import { hideSecrets } from '@millrace/core/secrets';

hideSecrets();
// The process title replaces the arguments in `ps`.
if (process.argv.some((word) => /^--token(?:=|$)/.test(word))) process.title = 'millrace';
await import('./command-line.ts');
