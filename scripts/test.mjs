/**
 * @file npm test: every check of this project, one line each; the last line counts the tests.
 *
 * node scripts/test.mjs [--only types,lint,format,licences,unit,build,e2e]
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/build.mjs';
import { STAGES } from './lib/stages.mjs';

/** The stages asked for, with those they want or need, in their order. */
function chosenStages(only) {
  const names = Object.keys(STAGES);
  if (only === undefined) return names;
  const asked = only.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`No such stage: ${unknown.join(', ')}. Stages: ${names.join(', ')}.`);
    process.exit(2);
  }
  const chosen = new Set(asked);
  for (const name of asked) {
    for (const other of [...(STAGES[name].wants ?? []), ...(STAGES[name].needs ?? [])]) {
      chosen.add(other);
    }
  }
  return names.filter((name) => chosen.has(name));
}

/** Tests say in a line with "left out" what they could not check here; such lines are shown even when all passed. */
function leftOutLines(output) {
  const lines = output.split('\n').map((line) => line.trim());
  return [...new Set(lines.filter((line) => /^left out\b/i.test(line)))];
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

async function runStage(name, results) {
  const { title, needs = [], work } = STAGES[name];
  const missing = needs.filter((other) => results.get(other)?.failed > 0);
  process.stdout.write(`${title} … `);
  const start = performance.now();
  const result =
    missing.length > 0
      ? { passed: 0, failed: 0, note: `not run: ${missing.join(' and ')} failed`, output: '' }
      : await work();
  const ms = performance.now() - start;
  console.log(`${result.note} (${seconds(ms)})`);
  if (result.failed > 0) console.log(`${result.output.trimEnd()}\n`);
  else for (const line of leftOutLines(result.output)) console.log(`  ${line}`);
  results.set(name, { ...result, title, ms });
}

const { values } = parseArgs({ options: { only: { type: 'string' } } });
if (!existsSync(join(root, '../shared'))) {
  console.log('../shared is not here: checks against its data are left out.');
}
const results = new Map();
for (const name of chosenStages(values.only)) await runStage(name, results);

console.log('\nSummary');
let passed = 0;
let failed = 0;
for (const result of results.values()) {
  passed += result.passed;
  failed += result.failed;
  console.log(
    `  ${result.title.padEnd(32)} ${result.note.padEnd(28)} ${seconds(result.ms).padStart(9)}`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
