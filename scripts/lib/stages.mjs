/** @file The stages of npm test. Each resolves to { passed, failed, note, output }: counts, a few words, and what to show if it failed. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, root } from './build.mjs';
import { playwrightCounts, vitestCounts } from './reports.mjs';
import { run, runNode } from './run.mjs';

const bin = (path) => join(root, 'node_modules', path);
const words = ({ passed, failed, leftOut }) =>
  [`${passed} passed`, failed && `${failed} failed`, leftOut && `${leftOut} left out`]
    .filter(Boolean)
    .join(', ');

/** A check that either holds or does not counts as one test. */
async function check(script, args) {
  const { status, output } = await runNode(script, args);
  return status === 0
    ? { passed: 1, failed: 0, note: 'passed', output }
    : { passed: 0, failed: 1, note: 'failed', output };
}

/** A thing the tests need counts only when it is missing. */
async function need(variable, find) {
  try {
    process.env[variable] = await find();
    return { passed: 0, failed: 0, note: 'ready', output: '' };
  } catch (error) {
    return { passed: 0, failed: 1, note: 'missing', output: `${error.message}\n` };
  }
}

/** A test runner that writes a JSON report; without a report, or with a bad exit status, something failed. */
async function suite(script, args, reportName, counts, env = {}) {
  const report = join(root, '.cache/test', reportName);
  mkdirSync(dirname(report), { recursive: true });
  rmSync(report, { force: true });
  const { status, output } = await runNode(script, args(report), { env: env(report) });
  const result = existsSync(report)
    ? counts(JSON.parse(readFileSync(report, 'utf8')))
    : { passed: 0, failed: 1, leftOut: 0 };
  if (status !== 0 && result.failed === 0) result.failed = 1;
  return { ...result, note: words(result), output };
}

async function buildPage() {
  let output = '';
  const built = await build(async (program, args) => {
    const result = await run(program, args);
    output = result.output;
    return result.status;
  });
  return {
    passed: built ? 1 : 0,
    failed: built ? 0 : 1,
    note: built ? 'passed' : 'failed',
    output,
  };
}

/** Name → what it does, what must have passed before, and the work. In the order in which they run. */
export const STAGES = {
  types: { title: 'Types', work: () => check(bin('typescript/bin/tsc'), ['--noEmit']) },
  lint: {
    title: 'Lint',
    work: () => check(bin('eslint/bin/eslint.js'), ['.', '--max-warnings', '0']),
  },
  format: {
    title: 'Format',
    work: () => check(bin('prettier/bin/prettier.cjs'), ['--check', '--log-level', 'warn', '.']),
  },
  licences: {
    title: 'Licences',
    work: () => check(join(root, 'scripts/third-party.mjs'), ['--check']),
  },
  python: {
    title: 'Python with anndata and scanpy',
    work: async () => {
      const { findPython } = await import('./find-python.mjs');
      return need('CELLSMITH_PYTHON', findPython);
    },
  },
  unit: {
    title: 'Unit tests',
    wants: ['python'],
    work: () =>
      suite(
        bin('vitest/vitest.mjs'),
        (report) => ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
        'unit.json',
        vitestCounts,
        () => ({ CI: '1' }),
      ),
  },
  chromium: {
    title: 'Chromium',
    work: async () => {
      const { findChromium } = await import('./find-chromium.mjs');
      return need('CELLSMITH_CHROMIUM', findChromium);
    },
  },
  build: { title: 'Build', work: buildPage },
  e2e: {
    title: 'End-to-end tests',
    wants: ['python'],
    needs: ['chromium', 'build'],
    work: () =>
      suite(
        bin('@playwright/test/cli.js'),
        () => ['test', '--reporter=list,json'],
        'e2e.json',
        playwrightCounts,
        (report) => ({ CI: '1', PLAYWRIGHT_JSON_OUTPUT_FILE: report }),
      ),
  },
};
