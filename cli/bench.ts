/** @file `cellsmith bench [NAME…]`: the engine's speed on this machine, beside its baselines. */
import { availableParallelism } from 'node:os';
import { BENCHES, describeFigure, type Figure } from '../bench/engine/figures.ts';
import { deviceOption } from './file-and-device.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';

/** Options of the command. */
export const benchRules: OptionRules = {
  values: ['--device', '--threads', '--rounds'],
  switches: ['--short', '--processor-time'],
};

/** Runs the command: a list of figures. Errors: device-lost. */
export async function runBenchCommand(options: Options): Promise<readonly Figure[]> {
  const unknown = options.positional.filter((name) => !BENCHES.some((known) => known === name));
  if (unknown.length > 0) {
    throw new UsageError(`There is no figure "${unknown[0]}"; there are ${BENCHES.join(', ')}.`);
  }
  const short = options.has('--short');
  const names = BENCHES.filter(
    (name) => options.positional.length === 0 || options.positional.includes(name),
  );
  // The baselines load tfjs, which no other command needs.
  const { runBench } = await import('../bench/engine/run.ts');
  return runBench(
    {
      names,
      device: deviceOption(options) === 'webgpu' ? 'webgpu' : 'cpu',
      threads: options.whole('--threads', 1) ?? Math.min(2, availableParallelism()),
      rounds: options.whole('--rounds', 1) ?? (short ? 1 : 7),
      processorTime: options.has('--processor-time'),
      short,
    },
    (figures) => figures.forEach((figure) => process.stderr.write(`${describeFigure(figure)}\n`)),
  );
}
