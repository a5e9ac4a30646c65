/** @file What the jobs of one judgement read and never change. It can be cloned, so that a helper on another thread has the same. */
import { logNormalise } from '../maps/log-counts.ts';
import type { Pacer } from '../maps/pacer.ts';
import { twoClouds } from './cloud-measures.ts';
import type { DistanceTable } from './distance-table.ts';
import { sharedLabels } from './draws.ts';
import { cellFacts, type CellFacts } from './gene-statistics.ts';
import { GroupFinder, type GroupAttribute } from './group-finder.ts';
import type { JudgeCells, JudgedSet, PlacedCells, PlacedSet } from './judge-cells.ts';
import type { SetFacts } from './set-report.ts';
import { projectCells, spaceGenes } from './space.ts';

/** What every comparison with the held-out cells starts from. */
export interface Reference {
  /** Distances among the held-out cells, and their median. */
  readonly within: DistanceTable;
  readonly width: number;
  readonly facts: CellFacts;
}

/** The data of a frame; cloneable. */
export interface FrameParts {
  readonly seed: number;
  /** Cells in exact transport at most. */
  readonly mostTransport: number;
  readonly attributes: readonly GroupAttribute[];
  readonly cells: JudgeCells;
  readonly placed: PlacedCells;
  readonly reference: Reference;
}

/** The frame of one judgement on one thread. */
export class JudgeFrame {
  readonly groups: GroupFinder;

  constructor(
    readonly parts: FrameParts,
    readonly pacer: Pacer,
  ) {
    this.groups = new GroupFinder(parts.attributes, parts.cells.heldOut.codes);
  }

  /** Facts of a placed set beside the held-out cells. Error: cancelled. */
  async factsOf(
    set: PlacedSet,
    more: Partial<Pick<SetFacts, 'hits' | 'copies'>> = {},
  ): Promise<SetFacts> {
    const { placed, reference } = this.parts;
    const { within, facts } = reference;
    const clouds = await twoClouds(placed.heldOut.scores, within, set.scores, this.pacer);
    return {
      clouds,
      labels: this.labelsOf(set.codes, set.scores.rows),
      facts: [facts, cellFacts(set.counts)],
      hits: more.hits ?? null,
      copies: more.copies ?? null,
    };
  }

  /** Joint labels of the held-out cells and of other cells; −1 for cells that are not labelled in every attribute: they are no class. */
  labelsOf(codes: readonly Int32Array[], cells: number): [Int32Array, Int32Array] {
    const { heldOut } = this.parts.cells;
    const [real, other] = sharedLabels(heldOut.codes, heldOut.counts.rows, codes, cells);
    const own = labelledOnly(real, heldOut.codes);
    // Where no cell is labelled in all attributes there is one class: the cells.
    return own.every((label) => label < 0)
      ? [real.map(() => 0), other.map(() => 0)]
      : [own, labelledOnly(other, codes)];
  }

  /** Puts counts into the space of the judgement. Error: cancelled. */
  async place(set: JudgedSet): Promise<PlacedSet> {
    const { space } = this.parts.placed;
    const log = await logNormalise(set.counts, this.pacer);
    const values = spaceGenes(space, log);
    return { ...set, log, values, scores: await projectCells(space, values, this.pacer) };
  }
}

function labelledOnly(labels: Int32Array, codes: readonly Int32Array[]): Int32Array {
  return labels.map((label, i) => (codes.some((own) => own[i] < 0) ? -1 : label));
}

/** Something that several jobs of a frame need, made when it is first wanted. It must follow from the frame alone. */
export function oncePerFrame<T>(make: (frame: JudgeFrame) => T): (frame: JudgeFrame) => T {
  const made = new WeakMap<JudgeFrame, { readonly value: T }>();
  return (frame) => {
    const own = made.get(frame) ?? { value: make(frame) };
    made.set(frame, own);
    return own.value;
  };
}
