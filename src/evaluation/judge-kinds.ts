/** @file Cells with other features than genes: genes are judged as ever, peaks in a space of their own, and what ties them. */
import { Pacer } from '../maps/pacer.ts';
import { selectColumns, selectRows, type CsrMatrix } from '../numerics/csr.ts';
import type { Modality } from '../protocol/dataset.ts';
import type { JudgeEvent, JudgeRequest, Verdict } from '../protocol/judge.ts';
import type { JudgedKinds, LinkVerdict, PeaksPart, PeakVerdict } from '../protocol/peaks.ts';
import type { StartHelper } from './crew.ts';
import { compareLinks, parsePlace, type BothKinds } from './gene-peak-links.ts';
import { HelperPause } from './helper-pause.ts';
import { Judgement } from './judge.ts';
import { peakWords } from './peak-words.ts';
import { judgePeaks } from './peaks.ts';

/** Share of the work that the genes take. */
const genesShare = 0.85;

type Side = 'heldOut' | 'training' | 'synthetic';
type Sets = Readonly<Record<Side, CsrMatrix>>;

interface Run extends Modality {
  readonly columns: Int32Array;
}

/** Judges cells by all their kinds of features; those of genes alone as ever. Errors: too-few-cells, worker-crashed, cancelled. */
export async function judgeKinds(
  request: JudgeRequest,
  onEvent: (event: JudgeEvent) => void,
  signal: AbortSignal | null,
  helpers: readonly StartHelper[] = [],
  pause = new HelperPause(),
): Promise<Verdict> {
  const { kinds } = request;
  const judge = (own: JudgeRequest, tell: typeof onEvent): Promise<Verdict> =>
    new Judgement(own, tell, signal, helpers, pause).run();
  if (kinds === undefined) return judge(request, onEvent);
  const started = performance.now();
  const runs = runsOf(kinds.modalities);
  const genes = runs.find(isGenes);
  const peaks = runs.find((run) => !isGenes(run));
  const base = genes
    ? await judge({ ...request, ...pickAll(request, genes) }, scaled(onEvent))
    : emptyVerdict(request);
  if (peaks === undefined) return base;
  onEvent({ doing: 'Peaks', share: genes ? genesShare : 0.1, verdict: genes ? { ...base, complete: false } : null }); // prettier-ignore
  const part = await judgePeaksPart(request, kinds, genes ?? null, peaks, new Pacer(signal));
  const seconds = (performance.now() - started) / 1000;
  return genes ? { ...base, peaks: part, seconds } : { ...alone(base, part), seconds };
}

const isGenes = ({ likelihood }: Modality): boolean => likelihood === 'negative-binomial';

function runsOf(modalities: readonly Modality[]): Run[] {
  let from = 0;
  return modalities.map((kind) => {
    const start = from;
    from += kind.features;
    return { ...kind, columns: Int32Array.from({ length: kind.features }, (_, k) => start + k) };
  });
}

function pickAll(sets: Sets, { columns }: Run): Sets {
  const { heldOut, training, synthetic } = sets;
  return {
    heldOut: selectColumns(heldOut, columns),
    training: selectColumns(training, columns),
    synthetic: selectColumns(synthetic, columns),
  };
}

/** Progress of the genes as a part of the whole; their verdict is not complete without the peaks. */
function scaled(onEvent: (event: JudgeEvent) => void): (event: JudgeEvent) => void {
  return ({ doing, share, verdict }) =>
    onEvent({
      doing,
      share: genesShare * share,
      verdict: verdict && { ...verdict, complete: false },
    });
}

async function judgePeaksPart(
  request: JudgeRequest,
  { names, places }: JudgedKinds,
  genes: Run | null,
  peaks: Run,
  pacer: Pacer,
): Promise<PeaksPart> {
  const { seed, mostCells } = request;
  const own = presentSets(pickAll(request, peaks));
  const verdict = await judgePeaks({ ...filledSets(own), seed, mostCells }, pacer);
  const together = genes && linksOf(request, own, { genes, peaks, names, places });
  return { name: peaks.name, verdict, together, ...peakWords(verdict, together) };
}

function presentSets(sets: Sets): Sets {
  const present = (counts: CsrMatrix): CsrMatrix => ({
    ...counts,
    values: counts.values.map((value) => Math.min(1, value)),
  });
  return {
    heldOut: present(sets.heldOut),
    training: present(sets.training),
    synthetic: present(sets.synthetic),
  };
}

/** Cells without any peak have no place in the space. */
function filledSets(sets: Sets): Sets {
  const filled = (counts: CsrMatrix): CsrMatrix => {
    const rows = Int32Array.from({ length: counts.rows }, (_, r) => r);
    return selectRows(counts, rows.filter((r) => counts.indptr[r + 1] > counts.indptr[r])); // prettier-ignore
  };
  return {
    heldOut: filled(sets.heldOut),
    training: filled(sets.training),
    synthetic: filled(sets.synthetic),
  };
}

function linksOf(
  request: JudgeRequest,
  peakSets: Sets,
  told: {
    readonly genes: Run;
    readonly peaks: Run;
    readonly names: readonly string[];
    readonly places: readonly (string | null)[] | null;
  },
): LinkVerdict | null {
  const { genes, peaks, names, places } = told;
  const geneSets = pickAll(request, genes);
  const both = (side: Side): BothKinds => ({
    genes: geneSets[side],
    peaks: peakSets[side],
  });
  const nameOf = (column: number): string => names[column];
  const placeOf = (column: number) => parsePlace(places?.[column] ?? names[column]);
  return compareLinks({
    heldOut: both('heldOut'),
    training: both('training'),
    synthetic: both('synthetic'),
    geneNames: Array.from(genes.columns, nameOf),
    peakNames: Array.from(peaks.columns, nameOf),
    genePlaces: Array.from(genes.columns, placeOf),
    peakPlaces: Array.from(peaks.columns, placeOf),
    seed: request.seed,
  });
}

/** What is said of genes where there are none. */
function emptyVerdict({ key, heldOut, training, synthetic }: JudgeRequest): Verdict {
  return {
    key,
    complete: true,
    decided: false,
    cells: { heldOut: heldOut.rows, training: training.rows, synthetic: synthetic.rows },
    genes: 0,
    headline: '',
    sentence: '',
    numbers: '',
    fitFor: '',
    weakest: null,
    advice: [],
    passed: 0,
    checks: [],
    measures: {},
    intervals: {},
    floor: {},
    baselines: {},
    hits: {},
    groups: [],
    unseen: [],
    paper: null,
    seconds: 0,
    notes: [],
  };
}

/** The words of peaks stand for the whole. */
function alone(base: Verdict, part: PeaksPart): Verdict {
  const { verdict, headline, sentences } = part;
  return { ...base, headline, sentence: sentences[0] ?? '', notes: notesOf(verdict), peaks: part };
}

const notesOf = ({ notes }: PeakVerdict): readonly string[] => notes;
