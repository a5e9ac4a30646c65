/**
 * @file Quality of perturbation predictions: cases × seeds × variants beside simple rules and a floor; one JSON file a run, a table of all.
 *
 * npx tsx bench/quality/scdfm.ts --out FOLDER [--cases kang:CD14+Mono,papalexi,doubles] [--seeds 0,1,2]
 *   [--variant NAME={"flowSteps":1000,"screenSettings":{"start":"control"}}] … [--device cpu|webgpu] [--tables]
 *   [--cells 1000] [--only-hidden]
 * PAD-lite: --variant 'pad={"screenSettings":{"tier":"pad-lite"}}' --cells 128 --only-hidden, as a cell costs it about 80 ms.
 * A run whose file is there is not made again. --tables only prints what is there.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StudioError } from '../../src/protocol/errors.ts';
import type { TrainSettings } from '../../src/protocol/model.ts';
import type { ScreenSettings } from '../../src/protocol/perturb.ts';
import { startNodeService } from '../../src/tasks/node-service.ts';
import { openCase } from './screen-cases.ts';
import { runCase, type ScreenResult } from './screen-run.ts';
import { screenTable } from './screen-tables.ts';

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    cases: { type: 'string', default: 'kang:CD14+Mono,kang:B,kang:NK,papalexi,doubles' },
    seeds: { type: 'string', default: '0,1,2' },
    variant: { type: 'string', multiple: true, default: ['fast={}'] },
    device: { type: 'string', default: 'cpu' },
    tables: { type: 'boolean', default: false },
    cells: { type: 'string', default: '1000' },
    'only-hidden': { type: 'boolean', default: false },
  },
});
if (values.out === undefined) throw new Error('--out FOLDER is missing.');
const folder = values.out;

const asked = { cells: Number(values.cells), onlyHidden: values['only-hidden'] };

type Given = Partial<TrainSettings> & { readonly screenSettings?: Partial<ScreenSettings> };

function readVariant(text: string): readonly [string, Given] {
  const at = text.indexOf('=');
  return [text.slice(0, at), JSON.parse(text.slice(at + 1)) as Given];
}

async function runAll(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { service } = await startNodeService(values.device === 'webgpu' ? 'webgpu' : 'cpu');
  for (const name of values.cases.split(',')) {
    for (const seed of values.seeds.split(',').map(Number)) {
      for (const [variant, given] of values.variant.map(readVariant)) {
        const path = join(folder, `${name.replaceAll(/[^\w+]/gu, '-')}.${seed}.${variant}.json`);
        if (existsSync(path)) continue;
        const own = await openCase(name, seed);
        if (own === null) {
          console.error(`left out: ${name} (its file is not here)`);
          continue;
        }
        try {
          const result = await runCase(service, own, seed, variant, given, asked);
          writeFileSync(`${path}.part`, JSON.stringify(result));
          renameSync(`${path}.part`, path);
          console.error(
            `${name} ${seed} ${variant}: ${result.processor.toFixed(0)} s of processor`,
          );
        } catch (thrown) {
          console.error(
            `failed: ${name} ${seed} ${variant}: ${StudioError.from(thrown).message}`,
            thrown,
          );
        }
      }
    }
  }
}

if (!values.tables) await runAll();
const stored = readdirSync(folder)
  .filter((file) => file.endsWith('.json'))
  .sort()
  .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ScreenResult);
console.log(screenTable(stored));
process.exit(0);
