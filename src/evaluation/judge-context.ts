/** @file What the stages of one judgement share: its cells, what was found so far, and a way to report. */
import { Pacer } from '../maps/pacer.ts';
import { StudioError } from '../protocol/errors.ts';
import type { JudgeEvent, JudgeRequest } from '../protocol/judge.ts';
import { pickTable, type DistanceTable } from './distance-table.ts';
import { twoClouds } from './cloud-measures.ts';
import { sharedLabels } from './draws.ts';
import { Findings } from './findings.ts';
import { cellFacts, type CellFacts } from './gene-statistics.ts';
import { GroupBook } from './group-measures.ts';
import { chooseCells, type JudgeCells, type PlacedCells, type PlacedSet } from './judge-cells.ts';
import { medianWidth } from './kernel-distances.ts';
import type { SetFacts } from './set-report.ts';
import { splitUnseen, type UnseenCells } from './unseen.ts';

const WIDTH_CELLS = 1500;

/** What every comparison with the held-out cells starts from. */
export interface Reference {
  /** Distances among the held-out cells, and their median. */
  readonly within: DistanceTable;
  readonly width: number;
  readonly facts: CellFacts;
}

/** The shared part of a judgement. */
export class JudgeContext {
  /** Without the cells of combinations that were never trained on. */
  readonly request: JudgeRequest;
  readonly unseen: readonly UnseenCells[];
  readonly cells: JudgeCells;
  readonly findings: Findings;
  readonly groups: GroupBook;
  readonly pacer: Pacer;

  constructor(
    request: JudgeRequest,
    private readonly onEvent: (event: JudgeEvent) => void,
    signal: AbortSignal | null,
  ) {
    checkRequest(request);
    const { seen, unseen } = splitUnseen(request);
    this.request = seen;
    this.unseen = unseen;
    this.pacer = new Pacer(signal);
    this.cells = chooseCells(seen);
    this.groups = new GroupBook(seen.attributes, this.cells.heldOut.codes, seen.seed);
    this.findings = new Findings({
      key: request.key,
      cells: {
        heldOut: seen.heldOut.rows,
        training: seen.training.rows,
        synthetic: seen.synthetic.rows,
      },
      genes: seen.heldOut.cols,
      stoppedEarly: seen.stoppedEarly,
      compared: this.cells.heldOut.counts.rows,
      attributes: seen.attributes.length,
      started: performance.now(),
    });
    this.findings.notes.push(...this.cells.notes);
    if (seen.training.rows === 0) {
      this.findings.notes.push('Without training cells there is no floor, and so no verdict.');
    }
  }

  /** Reports progress, with what is known by now. */
  tell(doing: string, share: number, withVerdict = true): void {
    const verdict = withVerdict ? this.findings.verdict(false) : null;
    this.onEvent({ doing, share, verdict });
  }

  /** The reference of held-out cells. */
  refer(within: DistanceTable): Reference {
    const n = Math.min(within.rows, WIDTH_CELLS);
    const some = Array.from({ length: n }, (_, i) => i);
    const width = medianWidth(n < within.rows ? pickTable(within, some, some) : within);
    return { within, width, facts: cellFacts(this.cells.heldOut.counts) };
  }

  /** Facts of a placed set beside the held-out cells. Error: cancelled. */
  async factsOf(
    placed: PlacedCells,
    { within, facts }: Reference,
    set: PlacedSet,
    more: Partial<Pick<SetFacts, 'hits' | 'copies'>> & { readonly facts?: CellFacts } = {},
  ): Promise<SetFacts> {
    const clouds = await twoClouds(placed.heldOut.scores, within, set.scores, this.pacer);
    return {
      clouds,
      labels: this.labelsOf(set.codes, set.scores.rows),
      facts: [facts, more.facts ?? cellFacts(set.counts)],
      hits: more.hits ?? null,
      copies: more.copies ?? null,
    };
  }

  /** Joint labels of the held-out cells and of other cells; −1 for cells that are not labelled in every attribute: they are no class. */
  labelsOf(codes: readonly Int32Array[], cells: number): [Int32Array, Int32Array] {
    const { heldOut } = this.cells;
    const [real, other] = sharedLabels(heldOut.codes, heldOut.counts.rows, codes, cells);
    const own = labelledOnly(real, heldOut.codes);
    // Where no cell is labelled in all attributes there is one class: the cells.
    return own.every((label) => label < 0)
      ? [real.map(() => 0), other.map(() => 0)]
      : [own, labelledOnly(other, codes)];
  }
}

function labelledOnly(labels: Int32Array, codes: readonly Int32Array[]): Int32Array {
  return labels.map((label, i) => (codes.some((own) => own[i] < 0) ? -1 : label));
}

function checkRequest({ heldOut, training, synthetic, attributes }: JudgeRequest): void {
  const right =
    heldOut.cols === synthetic.cols &&
    heldOut.cols === training.cols &&
    attributes.every(
      (a) =>
        a.heldOut.length === heldOut.rows &&
        a.training.length === training.rows &&
        a.synthetic.length === synthetic.rows,
    );
  if (right && Math.min(heldOut.rows, synthetic.rows) >= 10 && heldOut.cols >= 2) return;
  throw new StudioError(
    'bad-request',
    'These cells cannot be compared.',
    'At least 10 cells on each side and 2 genes in common are needed.',
    { heldOut: heldOut.rows, synthetic: synthetic.rows, genes: heldOut.cols },
  );
}
