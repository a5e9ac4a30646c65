/** @file One judgement from counts to verdict, in stages: what is cheap comes first, and every stage reports what is known by then. */
import type { JudgeEvent, JudgeRequest, UnseenResult, Verdict } from '../protocol/judge.ts';
import { measureDistances } from './distance-table.ts';
import { JudgeContext } from './judge-context.ts';
import { placeSets, type PlacedCells } from './judge-cells.ts';
import { makePaperTables } from './paper-tables.ts';
import { recognise } from './recognition.ts';
import { measureBaselines, placeSet, type PlacedBaseline } from './stage-baselines.ts';
import {
  completeSynthetic,
  countFacts,
  makeIntervals,
  measureFloor,
  measureSynthetic,
  recogniseAll,
  type RecogniserStage,
} from './stage-cells.ts';
import { watchCopies } from './stage-copies.ts';
import { measureAuc, measureGenes, measureGroups, measureTransport } from './stage-dear.ts';
import { measureUnseen, type UnseenCells } from './unseen.ts';

/** Runs one judgement. */
export class Judgement {
  private readonly context: JudgeContext;

  constructor(
    request: JudgeRequest,
    onEvent: (event: JudgeEvent) => void,
    signal: AbortSignal | null,
  ) {
    this.context = new JudgeContext(request, onEvent, signal);
  }

  /** All stages. Error: cancelled. */
  async run(): Promise<Verdict> {
    const { context } = this;
    const { findings, groups, pacer, request } = context;
    context.tell('Counting zeros', 0.02, false);
    countFacts(context);
    context.tell('Fitting the space', 0.04);
    const placed = await placeSets(context.cells, request.seed, pacer);
    context.tell('Measuring distances', 0.14);
    const { scores, codes } = placed.heldOut;
    const reference = context.refer(await measureDistances(scores, scores, pacer));
    const synthetic = await measureSynthetic(context, placed, reference);
    context.tell('Training the classifier', 0.18);
    const recognised = await recogniseAll(context, placed);
    const copies = await watchCopies(context, placed);
    await measureFloor(context, placed, reference);
    context.tell('Bootstrapping', 0.52);
    const set = completeSynthetic(synthetic.set, recognised, copies);
    makeIntervals(context, set, synthetic.report);
    groups.addSynthetic(set, placed.synthetic.codes, reference.width);
    groups.addPredicted(recognised?.real.byCell ?? null, copies?.usual ?? 0, copies?.fresh ?? 1);
    findings.groups = groups.results();
    context.tell('Trivial methods', 0.6);
    let baselines: PlacedBaseline[] = [];
    if (copies) {
      baselines = await measureBaselines(context, placed, reference, recognised, copies);
    }
    findings.groups = groups.results();
    findings.unseen = await this.measureAllUnseen(placed, recognised);
    context.tell('Genes', 0.7);
    const setting = await measureGenes(context, placed, baselines);
    context.tell('Telling apart', 0.78);
    await measureAuc(context, placed, baselines);
    context.tell('Exact transport', 0.84);
    await measureTransport(context, placed, set.clouds.between, baselines);
    if (codes.length > 0) await measureGroups(context, placed, setting);
    findings.groups = groups.results();
    if (request.paperCompat) {
      context.tell('As in CFGen’s tables', 0.98);
      findings.paper = await makePaperTables(context);
    }
    return findings.verdict(true);
  }

  private async measureAllUnseen(
    placed: PlacedCells,
    recognised: RecogniserStage | null,
  ): Promise<UnseenResult[]> {
    const { context } = this;
    const { seed, mostCells } = context.request;
    const out: UnseenResult[] = [];
    for (const cells of context.unseen) {
      const counts = ['heldOut', 'synthetic'] as const;
      const [heldOut, synthetic] = await Promise.all(
        counts.map((side) => placeSet(context, placed, { counts: cells[side], codes: codesFor(cells, side) })), // prettier-ignore
      );
      const hitsOf = (set: typeof heldOut): number | null =>
        recognised && set.counts.rows > 0 ? recognise(recognised.recognisers, set).hits : null;
      const result = await measureUnseen(
        {
          cells,
          heldOut: heldOut.scores,
          synthetic: synthetic.scores,
          training: placed.training.scores,
          trainingCodes: placed.training.codes,
          hits: hitsOf(synthetic),
          realHits: hitsOf(heldOut),
          most: mostCells,
        },
        seed,
        context.pacer,
      );
      if (result) out.push(result);
    }
    return out;
  }
}

function codesFor(cells: UnseenCells, side: 'heldOut' | 'synthetic'): Int32Array[] {
  return cells.codes.map((code) => new Int32Array(cells[side].rows).fill(code));
}
