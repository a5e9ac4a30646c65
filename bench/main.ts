/**
 * @file npm run bench: the engine's speed beside its baselines.
 *
 * npm run bench -- [autoencoder flow sample slider training scldm scdfm] [--device cpu|webgpu] [--threads 2] [--rounds 7] [--json]
 *                  [--processor-time] [--short]
 * --json prints one list of figures, as `cellsmith bench` does. CELLSMITH_TORCH_PYTHON names a Python with torch.
 */
import { parseArgs } from 'node:util';
import { askForRelaxedSimd } from '../src/engine/cpu/node-host.ts';
import { BENCHES, describeFigure } from './engine/figures.ts';
import { runBench } from './engine/run.ts';

askForRelaxedSimd();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: 'string', default: 'cpu' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string' },
    json: { type: 'boolean', default: false },
    'processor-time': { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
});
const unknown = positionals.filter((name) => !BENCHES.some((known) => known === name));
if (unknown.length > 0) {
  console.error(`There is no figure "${unknown.join(', ')}"; there are ${BENCHES.join(', ')}.`);
  process.exit(2);
}
const figures = await runBench(
  {
    names: BENCHES.filter((name) => positionals.length === 0 || positionals.includes(name)),
    device: values.device === 'webgpu' ? 'webgpu' : 'cpu',
    threads: Number(values.threads),
    rounds: Number(values.rounds ?? (values.short ? 1 : 7)),
    processorTime: values['processor-time'],
    short: values.short,
  },
  (some) => some.forEach((figure) => console.error(describeFigure(figure))),
);
if (values.json) console.log(JSON.stringify(figures, null, 1));
process.exit(0);
