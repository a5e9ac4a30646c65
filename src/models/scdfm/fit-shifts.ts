/** @file What the finished network's cells lack of the real ones' mean, taken apart into what each perturbation adds to the velocity. */
import type { NamedArray } from '../../engine/named-array.ts';
import type { AttributeData } from '../../protocol/dataset.ts';
import type { SampledCells } from '../flow/sample.ts';
import type { Condition, Screen } from './screen.ts';
import { meanState } from './shifts.ts';

/** Cells generated of each condition, at most and at least; and how often shifts are fitted. */
const MOST_EACH = 256;
const LEAST_EACH = 16;
const ROUNDS = 2;

/** So many cells without an error stand beside each member's own. */
const PRIOR_CELLS = 10;
const SWEEPS = 40;

/** A trained network and the cells it should agree with. */
export interface ShiftTask {
  readonly screen: Screen;
  readonly attributes: readonly AttributeData[];
  /** Position of every cell in the source file. */
  readonly cellIndex: Int32Array;
  /** Whitened, [cells, dims]. */
  readonly states: Float32Array;
  readonly dims: number;
  /** Paths begin at noise, not at control cells. */
  readonly fromNoise: boolean;
  /** Cells generated in all, about. */
  readonly cellsInAll: number;
  /** Shifts of members and of the control token as rows of the network's tokens. */
  readonly rowsOf: (shifts: Float32Array) => Float32Array;
  /** Cells of a network with these values of attributes. */
  readonly generate: (
    flow: readonly NamedArray[],
    cells: number,
    codes: Readonly<Record<string, Int32Array>>,
  ) => Promise<SampledCells>;
}

/** The same network with shifts by which cells generated for training conditions have the real ones' means. */
export async function withFittedShifts(
  flow: readonly NamedArray[],
  task: ShiftTask,
): Promise<readonly NamedArray[]> {
  const { screen, attributes, cellIndex, states, dims, fromNoise, generate } = task;
  const known = screen.conditions.filter(({ label }) => screen.sets[label] !== null);
  const each = Math.max(
    LEAST_EACH,
    Math.min(MOST_EACH, Math.floor(task.cellsInAll / known.length)),
  );
  const cells = each * known.length;
  const codesOf = (code: (condition: Condition) => number): Int32Array =>
    Int32Array.from({ length: cells }, (_, i) => code(known[Math.floor(i / each)]));
  const codes = {
    [attributes[screen.perturbation].name]: codesOf(({ label }) => label),
    ...(screen.context >= 0 && {
      [attributes[screen.context].name]: codesOf(({ context }) => context),
    }),
  };
  const rowOf = new Map(Array.from(cellIndex, (cell, row) => [cell, row]));
  let arrays = flow;
  for (let round = 0; round < ROUNDS; round++) {
    const { latents, starts } = await generate(arrays, cells, codes);
    const begun = Uint32Array.from(starts ?? [], (cell) => rowOf.get(cell) as number);
    const generated = { each, ends: latents, starts: fromNoise ? null : begun };
    const errors = meanErrors(screen, known, states, dims, generated);
    const more = task.rowsOf(fitShifts(errors, screen.members.length, dims));
    arrays = arrays.map((a) =>
      a.name === 'shift.weight' ? { ...a, values: a.values.map((v, k) => v + more[k]) } : a,
    );
  }
  return arrays;
}

/** A condition's error: the real cells' mean minus the generated ones'. */
export interface MeanError {
  /** Members of its set. */
  readonly set: readonly number[];
  /** Training cells behind it. */
  readonly cells: number;
  /** [dims] */
  readonly error: Float64Array;
}

/** Cells that a network generated for conditions, `each` of them for one condition after the other. */
export interface GeneratedConditions {
  readonly each: number;
  /** Whitened ends, [conditions · each, dims]. */
  readonly ends: Float32Array;
  /** Training cells that they began from; null: from noise. */
  readonly starts: Uint32Array | null;
}

/**
 * Errors of conditions of known sets. Where paths begin at control cells, changes from the start are compared, not ends, so that the choice
 * of control cells does not count.
 *
 * @param states whitened states of all cells, [cells, dims]
 */
export function meanErrors(
  screen: Screen,
  conditions: readonly Condition[],
  states: Float32Array,
  dims: number,
  { each, ends, starts }: GeneratedConditions,
): MeanError[] {
  const isControl = ({ label }: Condition): boolean => screen.sets[label]?.length === 0;
  const controlsOf = (context: number): Uint32Array =>
    screen.conditions.find((one) => one.context === context && isControl(one))?.cells ??
    screen.controls;
  return conditions.map(({ label, context, cells }, k) => {
    const rows = Uint32Array.from({ length: each }, (_, i) => k * each + i);
    const found = meanState(ends, dims, rows);
    if (starts !== null) {
      const begun = meanState(states, dims, starts.subarray(k * each, (k + 1) * each));
      const untreated = meanState(states, dims, controlsOf(context));
      for (let d = 0; d < dims; d++) found[d] += untreated[d] - begun[d];
    }
    const error = meanState(states, dims, cells).map((mean, d) => mean - found[d]);
    return { set: screen.sets[label] ?? [], cells: cells.length, error };
  });
}

/**
 * Shifts of which the members of each condition and the control token add up to its error, by least squares weighted with cells; where
 * there are few cells a shift stays small.
 *
 * @returns [members + 1, dims], the control token's last
 */
export function fitShifts(
  errors: readonly MeanError[],
  members: number,
  dims: number,
): Float32Array {
  const shifts = new Float64Array((members + 1) * dims);
  const left = errors.map(({ error }) => error.slice());
  const users = Array.from({ length: members + 1 }, () => [] as number[]);
  errors.forEach(({ set }, k) => [...set, members].forEach((token) => users[token].push(k)));
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let token = members; token >= 0; token--) {
      const own = users[token];
      const total = own.reduce((sum, k) => sum + errors[k].cells, PRIOR_CELLS);
      for (let d = 0; d < dims; d++) {
        const at = token * dims + d;
        let sum = 0;
        for (const k of own) sum += errors[k].cells * (left[k][d] + shifts[at]);
        const next = sum / total;
        for (const k of own) left[k][d] -= next - shifts[at];
        shifts[at] = next;
      }
    }
  }
  return Float32Array.from(shifts);
}
