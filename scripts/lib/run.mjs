/** @file Runs a program quietly: its output is kept for the case that it fails. Addresses of servers are blotted out. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './build.mjs';

const LOCAL = /^https?:\/\/(localhost|127\.0\.0\.1)\b/;

/** The text without the addresses of download servers, so that no log names the one in use here. */
export function blot(text) {
  return text.replace(/https?:\/\/[^\s'")\]]+/g, (address) =>
    LOCAL.test(address) ? address : '<address>',
  );
}

/**
 * Runs a program in the project's folder with its input closed.
 * Resolves to its exit status (127 if it cannot be started) and everything it printed; never rejects.
 */
export function run(program, args, { env = {}, timeoutMs = 0 } = {}) {
  return new Promise((done) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
    });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    const output = () => blot(Buffer.concat(chunks).toString());
    child.on('error', (error) => done({ status: 127, output: `${output()}${error.message}\n` }));
    child.on('close', (code, signal) => {
      const status = code ?? 128 + (constants.signals[signal] ?? 0);
      const note = signal ? `\n${program} was ended by ${signal}.\n` : '';
      done({ status, output: output() + note });
    });
  });
}

/** Runs a program of an installed package (node_modules/.bin) through this Node. */
export function runNode(script, args, options) {
  return run(process.execPath, [script, ...args], options);
}
