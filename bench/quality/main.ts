/**
 * @file Quality on held-out cells: sets × seeds × variants, unattended and resumable; one JSON file a run, tables in Markdown from all of them.
 *
 * npx tsx bench/quality/main.ts --out FOLDER [--sets pbmc3k,kang,marques,pancreas] [--seeds 0,1,2] [--variants faithful,recommended]
 *   [--variant NAME={"settings":{…},"weight":1}] … [--device auto|cpu|webgpu] [--trial 300] [--tables]
 * A run whose file is there is not made again, so the command can be cut off and given again. --tables only prints what is there.
 * --trial N trains on N cells for a few steps: to see that everything runs, not for figures.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StudioError } from '../../src/protocol/errors.ts';
import { startNodeService } from '../../src/tasks/node-service.ts';
import { isThere, readSplit, sets } from './data.ts';
import { makeRun, resultPath, type RunResult } from './run.ts';
import { tablesOf } from './tables.ts';
import { readVariant, variants } from './variants.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    sets: { type: 'string', default: 'pbmc3k,kang,marques,pancreas' },
    seeds: { type: 'string', default: '0,1,2' },
    variants: { type: 'string', default: 'faithful,recommended' },
    variant: { type: 'string', multiple: true, default: [] },
    device: { type: 'string', default: 'cpu' },
    trial: { type: 'string' },
    tables: { type: 'boolean', default: false },
  },
});
if (values.out === undefined) throw new Error('--out FOLDER is missing.');
const folder = values.out;
const own = Object.fromEntries(values.variant.map(readVariant));
const chosen = [...values.variants.split(',').filter((name) => name !== ''), ...Object.keys(own)];

function stored(): RunResult[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as RunResult);
}

async function runAll(): Promise<void> {
  const device = values.device === 'webgpu' || values.device === 'auto' ? values.device : 'cpu';
  const { service } = await startNodeService(device);
  const trial = values.trial === undefined ? {} : { maxEpochs: 3, flowSteps: 150 };
  const most = values.trial === undefined ? Infinity : Number(values.trial);
  for (const set of values.sets.split(',')) {
    const source = sets[set];
    if (source === undefined || !isThere(source)) {
      console.error(`left out: ${set} (${source ? 'its file is not here' : 'no such set'})`);
      continue;
    }
    for (const seed of values.seeds.split(',').map(Number)) {
      // One split serves all variants of a seed.
      let split: ReturnType<typeof readSplit> | null = null;
      for (const variant of chosen) {
        const given = own[variant] ?? variants[variant];
        if (given === undefined) throw new Error(`There is no variant ${variant}.`);
        const known = existsSync(resultPath(folder, set, seed, variant));
        const started = performance.now();
        const cells = () => (split ??= readSplit(source, seed, most));
        const name = { set, seed, variant };
        const result = await makeRun({ folder, service, trial }, name, given, cells).catch(
          (thrown: unknown) => {
            console.error(`failed: ${set} ${seed} ${variant}: ${StudioError.from(thrown).message}`);
            return null;
          },
        );
        if (result === null) continue;
        const { verdict } = result;
        const seconds = Math.round((performance.now() - started) / 1000);
        const words = known ? 'there already' : `${seconds} s`;
        console.error(
          `${set} ${seed} ${variant}: ${verdict.passed} of ${verdict.checks.length}, ${words}`,
        );
      }
    }
  }
}

if (!values.tables) await runAll();
console.log(tablesOf(stored()));
process.exit(0);
