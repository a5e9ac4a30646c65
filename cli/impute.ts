/** @file `cellsmith impute MODEL FILE`: expected counts of genes that a file lacks or measured poorly, with standard errors, as layers. */
import { nodeBackend } from '../src/data/h5-node.ts';
import { H5adStream } from '../src/data/h5ad-stream.ts';
import { selectRows } from '../src/numerics/csr.ts';
import { StudioError } from '../src/protocol/errors.ts';
import { layOutCellTables, sameOrigin } from '../src/tasks/cells-file.ts';
import { addImputed } from '../src/tasks/impute-file.ts';
import { ImputeReference } from '../src/tasks/impute-reference.ts';
import { testImputation, type ImputationTest } from '../src/tasks/impute-test.ts';
import { imputeCells } from '../src/tasks/impute.ts';
import { requireAttribute } from '../src/tasks/transport.ts';
import { kindsOf, sortedGenes, splitOfModel } from '../src/tasks/impute-choice.ts';
import { columnsOf, modelProvenance, openModelAndCounts, openReference, type ModelAndCounts } from './model-and-cells.ts'; // prettier-ignore
import type { Options, OptionRules } from './options.ts';
import { writeWhole } from './whole-file.ts';

/** Options of the command. */
export const imputeRules: OptionRules = {
  values: ['--genes', '--kinds', '--reference', '--passes', '--seed', '--out', '--device'],
  switches: ['--check'],
};

/** What the command prints. */
export interface ImputeReport {
  readonly out: string;
  readonly cells: number;
  /** Genes that were filled. */
  readonly genes: number;
  /** Genes of the model that the file lacks. */
  readonly missingGenes: number;
  /** Real cells that estimates were also taken from; 0: the model alone. */
  readonly referenceCells: number;
  readonly passes: number;
  readonly seconds: number;
  /** With --check. */
  readonly check: ImputationTest | null;
}

const PASSES = 6;
const NEEDED = 0.1;

/** Runs the command. Errors: no-gene, wrong-file, too-few-cells and those of openModelAndCounts. */
export async function runImpute(options: Options): Promise<ImputeReport> {
  const out = options.required('--out');
  const passes = options.whole('--passes', 0) ?? PASSES;
  const seed = options.whole('--seed', 0) ?? 0;
  const opened = await openModelAndCounts(options, NEEDED);
  const { service, info, genes: names, loaded, counts, missing } = opened;
  const named = options.text('--genes')?.split(',') ?? (missing.length > 0 ? missing : names);
  const genes = sortedGenes(names, named);
  const kinds = options.text('--kinds')?.split(',') ?? info.attributes.map(({ name }) => name);
  for (const name of kinds) requireAttribute(info, name);
  const lacking = new Set(missing);
  const seen =
    missing.length === 0 ? null : Uint8Array.from(names, (n) => (lacking.has(n) ? 0 : 1));
  const start = performance.now();
  const other = options.text('--reference');
  const source: ModelAndCounts | null =
    other !== null ? await openReference(opened, other) : missing.length === 0 ? opened : null;
  const split = source === null ? null : await splitOfModel(service, info, source.loaded);
  if (other !== null && split === null) throw otherFile(info.fileName);
  if (options.has('--check')) await requireOwnFile(source ?? opened);
  const all = Int32Array.from({ length: counts.rows }, (_, i) => i);
  const rows = split?.training ?? (source === null ? null : all);
  const reference =
    source === null || rows === null
      ? null
      : await ImputeReference.prepare(
          {
            counts: selectRows(source.counts, rows),
            kinds: kindsOf(info, kinds, source.loaded.categorical, rows),
          },
          seen,
          seed,
        );
  const own = source === opened && rows !== null ? new Int32Array(counts.rows).fill(-1) : null;
  rows?.forEach((cell, at) => own?.fill(at, cell, cell + 1));
  const stream = await H5adStream.open(await nodeBackend(), names.length, 'counts');
  const unseen = seen === null ? null : (_: number, marks: Uint8Array) => marks.set(seen.map((s) => 1 - s)); // prettier-ignore
  await imputeCells(
    service,
    { counts, kinds: kindsOf(info, kinds, loaded.categorical, all), own, unseen },
    reference,
    { genes, passes, seed },
    (block) => {
      addImputed(stream, counts, block, genes);
      if (process.stderr.isTTY)
        process.stderr.write(`\r\x1b[K${block.from + block.cells} of ${counts.rows} cells`);
    },
  );
  if (process.stderr.isTTY) process.stderr.write('\n');
  const blob = await stream.finish(
    layOutCellTables({
      genes: names,
      obsNames: loaded.obsNames,
      obs: columnsOf(loaded),
      origin: sameOrigin('real', loaded.nObs),
      about: {
        synthetic: false,
        what: "X holds counts as measured; layers['imputed'] expected counts, layers['imputed_sd'] their standard errors",
        imputed_genes: Array.from(genes, (g) => names[g]),
        missing_genes: [...missing],
        reference_cells: reference?.cells ?? 0,
        passes,
        seed,
        ...modelProvenance(info),
      },
    }),
  );
  await writeWhole(out, blob);
  const seconds = (performance.now() - start) / 1000;
  const check = options.has('--check') ? await checkOn(source ?? opened, kinds, { seed, genes: options.has('--genes') ? genes : null }) : null; // prettier-ignore
  return {
    out,
    cells: counts.rows,
    genes: genes.length,
    missingGenes: missing.length,
    referenceCells: reference?.cells ?? 0,
    passes,
    seconds: Math.round(seconds * 100) / 100,
    check,
  };
}

/** The model's split of its own file. Error: wrong-file. */
async function requireOwnFile({ service, info, loaded }: ModelAndCounts) {
  const split = await splitOfModel(service, info, loaded);
  if (split === null) throw otherFile(info.fileName);
  return split;
}

/** The test on the model's own file. Error: wrong-file. */
async function checkOn(
  opened: ModelAndCounts,
  kinds: readonly string[],
  rest: { seed: number; genes: Uint32Array | null },
): Promise<ImputationTest> {
  const { service, info, loaded, counts } = opened;
  const { training, heldOut } = await requireOwnFile(opened);
  return testImputation(service, {
    training: selectRows(counts, training),
    trainingKinds: kindsOf(info, kinds, loaded.categorical, training),
    heldOut: selectRows(counts, heldOut),
    heldOutKinds: kindsOf(info, kinds, loaded.categorical, heldOut),
    ...rest,
  });
}

function otherFile(fileName: string): StudioError {
  return new StudioError(
    'wrong-file',
    'This is not the file that the model was trained on.',
    `The check, and a reference of real cells, need that file: ${fileName}. Leave them out, or give that file.`,
    { file: fileName },
  );
}
