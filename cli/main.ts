/** @file The command line: chooses the command, prints its result, turns errors into exit codes. */
import { readFileSync } from 'node:fs';
import { StudioError } from '../src/protocol/errors.ts';
import { didYouMean } from '../src/protocol/nearest-word.ts';
import { augmentRules, runAugment } from './augment.ts';
import { benchRules, runBenchCommand } from './bench.ts';
import { errorWords } from './command-words.ts';
import { correctRules, runCorrect } from './correct.ts';
import { counterfactualRules, runCounterfactual } from './counterfactual.ts';
import { encodeRules, runEncode } from './encode.ts';
import { describeEvaluation, evaluateRules, runEvaluate } from './evaluate.ts';
import { commandNames, helpOf, usageOf } from './help.ts';
import { imputeRules, runImpute } from './impute.ts';
import { runAnyInfo } from './info.ts';
import type { Options } from './options.ts';
import { describeResult } from './describe-result.ts';
import { parseOptions, UsageError, type OptionRules } from './options.ts';
import { requireOut } from './out-place.ts';
import { perturbRules, runPerturb } from './perturb.ts';
import { runSample, sampleRules } from './sample.ts';
import { runTrain, trainRules } from './train.ts';

interface Command {
  readonly rules: OptionRules;
  /** Endings of the files that it writes; .h5ad when left out. */
  readonly writes?: readonly string[];
  run(options: Options): Promise<object>;
  /** The result for a person; a list of facts when left out. */
  readonly describe?: (result: object) => string;
}

const commands: Readonly<Record<string, Command>> = {
  info: {
    rules: { values: [], switches: [] },
    run: (options) => runAnyInfo(options.single('file')),
  },
  train: { rules: trainRules, writes: ['.cellsmith'], run: runTrain },
  sample: { rules: sampleRules, writes: ['.h5ad', '.h5mu'], run: runSample },
  perturb: { rules: perturbRules, run: runPerturb },
  encode: { rules: encodeRules, run: runEncode },
  correct: { rules: correctRules, run: runCorrect },
  counterfactual: { rules: counterfactualRules, run: runCounterfactual },
  impute: { rules: imputeRules, run: runImpute },
  augment: { rules: augmentRules, run: runAugment },
  evaluate: { rules: evaluateRules, run: runEvaluate, describe: describeEvaluation },
  bench: { rules: benchRules, run: runBenchCommand },
};

/** Options of a command, for those who say something of each. */
export function optionsOf(name: string): readonly string[] {
  const { values, switches } = commands[name].rules;
  return [...values, ...switches];
}

/** The version of this program. */
function versionOf(): string {
  const path = new URL('../package.json', import.meta.url);
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}

/** Runs one command and returns the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--version') {
    process.stdout.write(`${versionOf()}\n`);
    return 0;
  }
  if (name === 'help' || args.some((arg) => arg === '--help' || arg === '-h')) {
    const about = name === 'help' ? rest[0] : name;
    process.stdout.write(helpOf(about ?? ''));
    return 0;
  }
  const json = rest.includes('--json');
  try {
    if (name === undefined) throw new UsageError('A command is needed.');
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      throw new UsageError(`There is no command "${name}".${didYouMean(name, commandNames)}`);
    }
    const { values, switches } = command.rules;
    const options = parseOptions(rest, { values, switches: [...switches, '--json'] });
    requireOut(options, command.writes ?? ['.h5ad']);
    const result = await command.run(options);
    const { describe = describeResult } = command;
    process.stdout.write(`${json ? JSON.stringify(result) : describe(result)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\n\n${usageOf(name ?? '')}`);
      return 2;
    }
    const told = StudioError.from(error);
    const text = errorWords(told);
    if (json) {
      const { code, details } = told;
      process.stdout.write(`${JSON.stringify({ error: { code, message: text, details } })}\n`);
    } else {
      process.stderr.write(`${text}\n`);
    }
    return 1;
  }
}
