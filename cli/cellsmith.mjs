#!/usr/bin/env node
/** @file The command `cellsmith`: makes Node read TypeScript, then runs cli/main.ts. */
import { register } from 'tsx/esm/api';

register();
const { askForRelaxedSimd } = await import('../src/engine/cpu/node-host.ts');
askForRelaxedSimd();
const { listenForInterrupt } = await import('./interrupt.ts');
listenForInterrupt();
const { main } = await import('./main.ts');
process.exit(await main(process.argv.slice(2)));
