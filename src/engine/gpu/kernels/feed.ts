/**
 * @file Rows of a CSR matrix that stays on the device, put together into a batch.
 *
 * One workgroup adds up the lengths of the rows, 256 at a time; then a workgroup per row copies its entries. Whole numbers and
 * copies only: the batch is the one that would have been uploaded, bit for bit.
 */
import type { GpuKernel } from '../kernel.ts';
import { reads, readsWords, writes, writesWords } from '../shader.ts';
import { SCAN } from './transpose-text.ts';

const LANES = 256;

/** The rows picked[0 … cells − 1] and their totals; rows past them are empty. */
export const csrPick: GpuKernel<'csrPick'> = (call) => [
  {
    label: 'csrPick rows',
    operands: {
      starts: readsWords(call.sourceIndptr),
      sizes: reads(call.sourceTotals),
      picked: readsWords(call.picked),
      cells: readsWords(call.cells),
      indptr: writesWords(call.indptr),
      totals: writes(call.totals),
    },
    ints: { rows: call.rows },
    lanes: LANES,
    groups: 1,
    head: SCAN,
    body: `let used = cells_at(0u);
var before = 0u;
for (var first = 0u; first < p.rows; first += ${LANES}u) {
  let r = first + lane;
  var count = 0u;
  if (r < p.rows) {
    var total = 1.0;
    if (r < used) {
      let row = picked_at(r);
      count = starts_at(row + 1u) - starts_at(row);
      total = sizes_at(row);
    }
    totals_put(r, total);
  }
  let through = scan(lane, count);
  if (r < p.rows) { indptr_put(r + 1u, before + through); }
  before += sums[${LANES - 1}];
}
if (lane == 0u) { indptr_put(0u, 0u); }`,
  },
  {
    label: 'csrPick entries',
    operands: {
      starts: readsWords(call.sourceIndptr),
      genes: readsWords(call.sourceIndices),
      entries: reads(call.sourceValues),
      picked: readsWords(call.picked),
      indptr: readsWords(call.indptr),
      indices: writesWords(call.indices),
      values: writes(call.values),
    },
    lanes: LANES,
    groups: call.rows,
    body: `let begin = indptr_at(group);
let count = indptr_at(group + 1u) - begin;
if (count == 0u) { return; }
let source = starts_at(picked_at(group));
for (var k = lane; k < count; k += ${LANES}u) {
  indices_put(begin + k, genes_at(source + k));
  values_put(begin + k, entries_at(source + k));
}`,
  },
];
