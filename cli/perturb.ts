/** @file `cellsmith perturb MODEL --set A+B`: predicts cells with a set of perturbations and writes them as .h5ad. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { nodeBackend } from '../src/data/h5-node.ts';
import { IoService } from '../src/data/io-service.ts';
import type { UnsValue, WriteColumn } from '../src/protocol/dataset.ts';
import { StudioError } from '../src/protocol/errors.ts';
import type { PerturbRequest, ScreenInfo } from '../src/protocol/perturb.ts';
import { labelOf } from '../src/protocol/screen-labels.ts';
import { generateCells } from '../src/tasks/generate.ts';
import { startNodeService } from '../src/tasks/node-service.ts';
import { questionFacts } from '../src/tasks/perturb-file.ts';
import { membersAsked, requireScreen, sampleRequestOf } from '../src/tasks/perturb-request.ts';
import { deviceOption, requireFile } from './file-and-device.ts';
import { readWeights, splitPair } from './model-and-cells.ts';
import { UsageError, type Options, type OptionRules } from './options.ts';
import { writeWhole } from './whole-file.ts';

/** Options of the command. */
export const perturbRules: OptionRules = {
  values: ['--set', '--cells', '--where', '--weight', '--weights', '--seed', '--out', '--device'],
  switches: ['--composed'],
};

/** What the command prints. */
export interface PerturbRunReport {
  readonly out: string;
  /** The set as the column would say it. */
  readonly perturbation: string;
  readonly members: readonly string[];
  readonly cells: number;
  readonly genes: number;
  /** No training cell has this set with these values. */
  readonly extrapolated: boolean;
  readonly milliseconds: number;
}

/** Most cells of one prediction. */
const MOST_CELLS = 100_000;

/** Runs the command. Errors: bad-model, bad-request, bad-attribute, export-failed. */
export async function runPerturb(options: Options): Promise<PerturbRunReport> {
  const path = requireFile(options.single('model file'));
  options.required('--set');
  const { service } = await startNodeService(deviceOption(options));
  const info = await service.load(new Uint8Array(readFileSync(path)));
  const screen = requireScreen(info);
  const asked = readRequest(options, screen);
  const perturbation = labelOf(asked.members, screen, screen.seenLabels);
  const out = options.text('--out') ?? usualOut(path, perturbation);
  const { sample, write } = await generateCells(service, info, sampleRequestOf(info, asked));
  const column: WriteColumn = {
    kind: 'categorical',
    categories: [perturbation],
    codes: new Int32Array(sample.cells),
  };
  const io = new IoService(nodeBackend());
  // What was asked stands in place of the guidance, which does not say it.
  const { guidance: _, ...about } = write.uns['cellsmith'] as Record<string, UnsValue>;
  const file = {
    ...write,
    obs: { ...write.obs, [screen.attribute]: column },
    uns: { ...write.uns, cellsmith: { ...about, ...questionFacts(screen, asked, perturbation) } },
  };
  await writeWhole(out, await io.write(file));
  return {
    out,
    perturbation,
    members: asked.members,
    cells: sample.cells,
    genes: info.nGenes,
    extrapolated: sample.extrapolated,
    milliseconds: Math.round(sample.milliseconds),
  };
}

/** Where the cells go when nothing is told: into this folder, named by the model and the set. Error: export-failed, when it is there already. */
function usualOut(model: string, perturbation: string): string {
  const label = perturbation.replace(/[^A-Za-z0-9+_-]+/gu, '-');
  const out = `${basename(model, extname(model))}-${label}-predicted.h5ad`;
  if (!existsSync(out)) return out;
  throw new StudioError(
    'export-failed',
    `${out} is there already.`,
    'Name another file with --out, or this one to write over it.',
    { path: out },
  );
}

function readRequest(options: Options, screen: ScreenInfo): PerturbRequest {
  const cells = options.whole('--cells', 1) ?? 500;
  if (cells > MOST_CELLS) throw new UsageError(`--cells takes at most ${MOST_CELLS}.`);
  const weight = Number(options.text('--weight') ?? 1);
  if (!(weight >= 0 && weight <= 20)) {
    throw new UsageError('--weight takes a number between 0 and 20.');
  }
  return {
    members: membersAsked(options.required('--set'), screen),
    context: Object.fromEntries(options.all('--where').map((text) => splitPair('--where', text))),
    cells,
    seed: options.whole('--seed', 0) ?? 0,
    weight,
    weights: readWeights('--weights', options),
    composed: options.has('--composed'),
  };
}
