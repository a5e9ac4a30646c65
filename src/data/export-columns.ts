/** @file Columns of the source as they are written again: no nullable types, which many readers refuse. */
import type { OutColumn } from './anndata-layout.ts';
import { asCategorical } from './cell-file.ts';
import type { Column } from './column-reader.ts';
import { takeColumn } from './h5mu-file.ts';

/**
 * A column followed by `after` rows without a value; null if it cannot be written.
 *
 * Truth values and texts with missing ones become categories, whole numbers with missing ones become float64.
 */
export function writtenColumn(column: Column, after = 0): OutColumn | null {
  switch (column.kind) {
    case 'unreadable':
      return null;
    case 'number':
      return writtenNumbers(column, after);
    case 'text':
      if (after === 0 && column.values.every((value) => value !== null)) {
        return { kind: 'text', values: column.values };
      }
      return writtenCategories(column, after);
    case 'boolean':
    case 'categorical':
      return writtenCategories(column, after);
  }
}

/** Some rows of a column, −1 for a missing one, as they are written; null if it cannot be. */
export function writtenRows(column: Column, rows: Int32Array): OutColumn | null {
  const taken = takeColumn(column, rows);
  return taken === null ? null : writtenColumn(taken);
}

function writtenCategories(column: Column, after: number): OutColumn | null {
  const found = asCategorical(column);
  if (found === null) return null;
  const codes = new Int32Array(found.codes.length + after).fill(-1);
  codes.set(found.codes);
  const { categories, ordered } = found;
  return { kind: 'categorical', categories, codes, ...(ordered ? { ordered } : {}) };
}

const isInt32 = (value: number): boolean => value === (value | 0);

function writtenNumbers(column: Extract<Column, { kind: 'number' }>, after: number): OutColumn {
  if (after === 0 && /int/i.test(column.dtype) && column.values.every(isInt32)) {
    return { kind: 'integer', values: Int32Array.from(column.values) };
  }
  const values = new Float64Array(column.values.length + after).fill(NaN);
  values.set(column.values);
  return { kind: 'double', values };
}
