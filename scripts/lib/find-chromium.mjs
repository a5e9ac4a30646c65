/** @file Finds or installs the Chromium that the end-to-end tests drive. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';
import { aptInstall } from './apt.mjs';
import { root } from './build.mjs';
import { run, runNode } from './run.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

const runs = async (path) => (await run(path, ['--version'], { timeoutMs: 30_000 })).status === 0;

async function onPath() {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const name of NAMES) {
    const path = folders.map((folder) => join(folder, name)).find(existsSync);
    if (path && (await runs(path))) return path;
  }
  return null;
}

async function playwrightsOwn() {
  const path = chromium.executablePath();
  return existsSync(path) && (await runs(path)) ? path : null;
}

/**
 * Path of a Chromium: CELLSMITH_CHROMIUM, else one on the PATH, else Playwright's own, else one installed now
 * (Debian as root: apt-get; elsewhere: Playwright's download).
 * @throws Error that says what is missing and how to get it
 */
export async function findChromium() {
  const given = process.env.CELLSMITH_CHROMIUM;
  if (given) {
    if (await runs(given)) return given;
    throw new Error(`CELLSMITH_CHROMIUM (${given}) does not start.`);
  }
  const found = (await onPath()) ?? (await playwrightsOwn());
  if (found) return found;
  const apt = await aptInstall(['chromium']);
  const installed = await onPath();
  if (installed) return installed;
  const cli = join(root, 'node_modules/@playwright/test/cli.js');
  const download = await runNode(cli, ['install', 'chromium']);
  const own = await playwrightsOwn();
  if (own) return own;
  throw new Error(
    `No Chromium is here. ${apt} Or set CELLSMITH_CHROMIUM to the path of one.\n${download.output}`,
  );
}
