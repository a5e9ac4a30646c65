/**
 * @file What perturbations change in single genes beyond what components can say. It belongs to members, so that sets and contexts never
 * seen get theirs too.
 */
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { Random } from '../../numerics/random.ts';
import { membersOf } from '../../protocol/screen-labels.ts';
import { lackingMean, takeCells } from './calibrate.ts';
import type { Components } from './components.ts';
import { fitShifts, type MeanError } from './fit-shifts.ts';
import type { ScdfmModel, StateArrays } from './model.ts';
import type { Screen } from './screen.ts';

/** What offsets are fitted to. */
export interface MemberOffsetTask {
  readonly counts: CsrSource;
  readonly screen: Screen;
  readonly components: Components;
  /** Offsets by context, as `groupOffsets` gives them, [contexts + 1, genes]. */
  readonly contextOffset: Float32Array;
  readonly random: Random;
}

/**
 * Offsets of log expression, of which a set's members add up to what the mean of its cells has beyond their components and their context's
 * offset; least squares over all conditions of training cells, weighted with cells.
 *
 * @returns [members, genes]
 */
export function memberOffsets(task: MemberOffsetTask): Float32Array {
  const { counts, screen, components, contextOffset, random } = task;
  const { genes } = components;
  const ofAll = contextOffset.length / genes - 1;
  const errors = screen.conditions.flatMap(({ label, context, cells }): MeanError[] => {
    const set = screen.sets[label];
    if (set === null) return [];
    const error = new Float64Array(genes);
    // Control cells have their context's means already.
    if (set.length > 0) {
      const row = context < 0 ? ofAll : context;
      const lacking = lackingMean(counts, takeCells(cells, random), components);
      error.forEach((_, g) => (error[g] = lacking(g, contextOffset[row * genes + g])));
    }
    return [{ set, cells: cells.length, error }];
  });
  const { length } = screen.members;
  return fitShifts(errors, length, genes).slice(0, length * genes);
}

/** The offset of a value of the perturbation column, [genes]; null where none of its members has one. */
export function offsetsBySet(
  { attributes, screen }: Pick<ScdfmModel, 'attributes' | 'screen'>,
  { memberOffset, offset }: Pick<StateArrays, 'memberOffset' | 'offset'>,
): (code: number) => Float32Array | null {
  const genes = offset.length;
  const categories = attributes.find(({ name }) => name === screen.attribute)?.categories ?? [];
  const known = new Map<number, Float32Array | null>();
  const added = (label: string, rows: Float32Array): Float32Array | null => {
    const places = membersOf(label, screen)
      .map((member) => screen.members.indexOf(member))
      .filter((place) => place >= 0 && (place + 1) * genes <= rows.length);
    if (places.length === 0) return null;
    return Float32Array.from({ length: genes }, (_, g) =>
      places.reduce((sum, place) => sum + rows[place * genes + g], 0),
    );
  };
  return (code) => {
    if (memberOffset === null || code < 0 || code >= categories.length) return null;
    const before = known.get(code);
    if (before !== undefined) return before;
    const own = added(categories[code], memberOffset);
    known.set(code, own);
    return own;
  };
}
