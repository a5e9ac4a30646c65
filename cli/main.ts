/** @file The command line: chooses the command, prints its result, turns errors into exit codes. */
import { StudioError } from '../src/protocol/errors.ts';
import { augmentRules, runAugment } from './augment.ts';
import { benchRules, runBenchCommand } from './bench.ts';
import { correctRules, runCorrect } from './correct.ts';
import { counterfactualRules, runCounterfactual } from './counterfactual.ts';
import { encodeRules, runEncode } from './encode.ts';
import { evaluateRules, runEvaluate } from './evaluate.ts';
import { requireWritable } from './file-and-device.ts';
import { imputeRules, runImpute } from './impute.ts';
import { runAnyInfo } from './info.ts';
import type { Options } from './options.ts';
import { parseOptions, UsageError, type OptionRules } from './options.ts';
import { perturbRules, runPerturb } from './perturb.ts';
import { runSample, sampleRules } from './sample.ts';
import { runTrain, trainRules } from './train.ts';

const USAGE = `cellsmith: trains models of single-cell counts and generates cells

  cellsmith info FILE | MODEL
  cellsmith train FILE --out MODEL [--attributes a,b] [--genes all|hvg:2000] [--min-cells 3]
                  [--model cfgen|scldm|scdfm] [--size S|M|G] [--minutes N] [--from MODEL] [--seed 0] [--device auto|cpu|webgpu]
                  [--held-out 0.1] [--held-out-by COLUMN] [--hide a=X,b=Y …] [--epochs N] [--steps N] [--faithful]
                  [--modalities rna,atac] [--likelihood atac=bernoulli|poisson|nb …]
                  [--counts-on-disk]
                  [--perturbation COLUMN --control VALUE [--separator +|none] [--context COLUMN] [--tier fast|pad-lite]
                  [--start noisy-control|control|gaussian] [--mmd 0.5] [--modelled-genes N] [--edges PAIRS.csv]]
  cellsmith sample MODEL --cells N | --like FILE --out CELLS.h5ad [--set a=VALUE:WEIGHT …] [--weights a=1,b=1]
                  [--seed 0] [--library chosen|all|NUMBER] [--solver rk4:20|heun:10|ab3:8|dopri5:1e-5] [--device auto|cpu|webgpu]
  cellsmith perturb MODEL --set A+B --out CELLS.h5ad [--cells 500] [--where ATTRIBUTE=VALUE …] [--weight 1] [--composed]
                  [--seed 0] [--device auto|cpu|webgpu]
  cellsmith encode MODEL FILE --out LATENTS.h5ad [--device auto|cpu|webgpu]
  cellsmith correct MODEL FILE --batch NAME --out FILE.h5ad [--to VALUE] [--keep a,b] [--counts]
                  [--measure LABEL] [--measure-cells 5000] [CARRY]
  cellsmith counterfactual MODEL FILE --set ATTRIBUTE=VALUE --out CELLS.h5ad [--where ATTRIBUTE=VALUE …] [CARRY]
  cellsmith augment MODEL FILE --attribute NAME --value X [--value Y …] | --combine NAME [--fewer 10] --cells N
                  --out FILE.h5ad [--fill a,b]
                  [--weights a=1] [--solver rk4:10] [--seed 0] [--check]
  cellsmith impute MODEL FILE --out FILE.h5ad [--genes a,b] [--kinds a,b] [--reference TRAIN.h5ad] [--passes 6]
                  [--seed 0] [--check]
  cellsmith evaluate REAL.h5ad CELLS.h5ad [--train TRAIN.h5ad] [--label a,b] [--seed 0] [--max-cells 3000] [--paper-compat]
                  [--modalities rna,atac]
  cellsmith evaluate REAL.h5ad PREDICTED.h5ad --perturbation COLUMN --control VALUE [--separator +] [--context COLUMN]
                  [--train TRAIN.h5ad] [--seed 0] [--cell-eval]
  cellsmith bench [autoencoder flow sample slider training] [--threads 2] [--rounds 7] [--device cpu|webgpu] [--short]
                  [--processor-time]

CARRY: [--weights a=1,b=1] [--weights-to-noise a=1,b=1] [--library kept|carried] [--solver rk4:10|heun:20|dopri5:1e-5] [--seed 0]
       [--device auto|cpu|webgpu]
--json prints one JSON document on standard output. Progress goes to standard error.
Exit codes: 0 done, 1 a named error, 2 wrong usage.
`;

/** The usage of one command with what all have in common; of all commands for any other name. */
function usageOf(name: string): string {
  const lines = USAGE.split('\n');
  const heads = lines.flatMap((line, i) => (line.startsWith(`  cellsmith ${name} `) ? [i] : []));
  if (heads.length === 0) return USAGE;
  const own = heads.flatMap((from) => {
    const next = lines.findIndex((line, i) => i > from && !line.startsWith('   '));
    return lines.slice(from, next);
  });
  const carry = lines.findIndex((line) => line.startsWith('CARRY'));
  const common = own.some((line) => line.includes('[CARRY]')) ? carry : carry + 2;
  return [lines[0], '', ...own, '', ...lines.slice(common)].join('\n');
}

interface Command {
  readonly rules: OptionRules;
  run(options: Options): Promise<object>;
}

const commands: Readonly<Record<string, Command>> = {
  info: {
    rules: { values: [], switches: [] },
    run: (options) => runAnyInfo(options.single('file')),
  },
  train: { rules: trainRules, run: runTrain },
  sample: { rules: sampleRules, run: runSample },
  perturb: { rules: perturbRules, run: runPerturb },
  encode: { rules: encodeRules, run: runEncode },
  correct: { rules: correctRules, run: runCorrect },
  counterfactual: { rules: counterfactualRules, run: runCounterfactual },
  impute: { rules: imputeRules, run: runImpute },
  augment: { rules: augmentRules, run: runAugment },
  evaluate: { rules: evaluateRules, run: runEvaluate },
  bench: { rules: benchRules, run: runBenchCommand },
};

/** Runs one command and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  if (name !== undefined && rest.includes('--help')) {
    process.stdout.write(usageOf(name));
    return 0;
  }
  const json = rest.includes('--json');
  try {
    const command = name === undefined ? undefined : commands[name];
    if (command === undefined) throw new UsageError(`There is no command "${name ?? ''}".`);
    const { values, switches } = command.rules;
    const options = parseOptions(rest, { values, switches: [...switches, '--json'] });
    requireWritable(options.text('--out'));
    const result = await command.run(options);
    process.stdout.write(`${json ? JSON.stringify(result) : describe(result)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usageOf(name ?? '')}`);
      return 2;
    }
    const { code, title, message, details } = StudioError.from(error);
    if (json) {
      const text = `${title} ${message}`;
      process.stdout.write(`${JSON.stringify({ error: { code, message: text, details } })}\n`);
    } else {
      process.stderr.write(`${title} ${message}\n`);
    }
    return 1;
  }
}

/** Entries of a list that a person is shown; JSON has all of them. */
const MOST_LISTED = 40;

/** A result for a person: one line a fact, two levels deep. */
function describe(result: object, indent = ''): string {
  if (Array.isArray(result)) return result.map((item) => JSON.stringify(item)).join('\n');
  return Object.entries(result)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]: [string, unknown]) => {
      if (typeof value !== 'object' || Array.isArray(value))
        return `${indent}${key}: ${plain(value)}`;
      return `${indent}${key}:\n${describe(value as object, `${indent}  `)}`;
    })
    .join('\n');
}

function plain(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  const shown = value
    .slice(0, MOST_LISTED)
    .map((item) => (typeof item === 'object' ? JSON.stringify(item) : String(item)))
    .join(', ');
  const more = value.length - MOST_LISTED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
