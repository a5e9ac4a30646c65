/**
 * @file WGSL of the transpose of a sparse batch.
 *
 * A workgroup has 256 genes. Each lane finds, in one of 256 rows at a time, the entries of these genes by bisection and marks
 * (gene, row) in a bitmap; a gene's bits, counted, are its number of entries, and those below a row are the entry's rank.
 */

/** First entry of a row whose gene is not below `gene`; needs the operand `indices`. */
export const LOWER_BOUND = `fn lowerBound(begin: u32, end: u32, gene: u32) -> u32 {
  var low = begin;
  var high = end;
  while (low < high) {
    let middle = (low + high) >> 1u;
    if (indices_at(middle) < gene) { low = middle + 1u; } else { high = middle; }
  }
  return low;
}`;

/** Inclusive sums over 256 lanes, whole numbers; it holds barriers, and `sums[255]` is the whole sum after it. */
export const SCAN = `var<workgroup> sums: array<u32, 256>;
fn scan(lane: u32, value: u32) -> u32 {
  workgroupBarrier();
  sums[lane] = value;
  for (var s = 1u; s < 256u; s <<= 1u) {
    workgroupBarrier();
    var before = 0u;
    if (lane >= s) { before = sums[lane - s]; }
    workgroupBarrier();
    sums[lane] += before;
  }
  workgroupBarrier();
  return sums[lane];
}`;

/** Shared memory and steps of the transpose. */
export const transposeHead = `${LOWER_BOUND}
var<workgroup> bits: array<atomic<u32>, 2048>;
var<workgroup> places: array<u32, 256>;

fn clearBits(lane: u32) {
  workgroupBarrier();
  for (var w = 0u; w < 8u; w++) { atomicStore(&bits[w * 256u + lane], 0u); }
  workgroupBarrier();
}

// Marks the entries of one row; returns how many lie before these genes.
fn mark(lane: u32, row: u32, low: u32, past: u32) -> u32 {
  if (row >= p.rows) { return 0u; }
  let begin = indptr_at(row);
  let end = indptr_at(row + 1u);
  let start = lowerBound(begin, end, low);
  for (var k = start; k < end; k++) {
    let gene = indices_at(k);
    if (gene >= past) { break; }
    atomicOr(&bits[(lane >> 5u) * 256u + gene - low], 1u << (lane & 31u));
  }
  return start - begin;
}

fn marked(gene: u32) -> u32 {
  var count = 0u;
  for (var w = 0u; w < 8u; w++) { count += countOneBits(atomicLoad(&bits[w * 256u + gene])); }
  return count;
}

// Entries of a gene in the rows before this lane's.
fn rank(gene: u32, lane: u32) -> u32 {
  let word = lane >> 5u;
  var count = countOneBits(atomicLoad(&bits[word * 256u + gene]) & ((1u << (lane & 31u)) - 1u));
  for (var w = 0u; w < word; w++) { count += countOneBits(atomicLoad(&bits[w * 256u + gene])); }
  return count;
}

${SCAN}`;

/** The entry point's statements. */
export const transposeBody = `let low = group * 256u;
let past = min(p.genes, low + 256u);
var count = 0u;
var before = 0u;
for (var row0 = 0u; row0 < p.rows; row0 += 256u) {
  clearBits(lane);
  before += mark(lane, row0 + lane, low, past);
  workgroupBarrier();
  count += marked(lane);
}
let own = scan(lane, before);
workgroupBarrier();
let base = sums[255];
let through = scan(lane, count);
let gene = low + lane;
let first = base + through - count;
places[lane] = first;
if (gene < past) { starts_put(gene, first); }
if (gene + 1u == p.genes) { starts_put(p.genes, first + count); }
for (var row0 = 0u; row0 < p.rows; row0 += 256u) {
  if (p.rows > 256u) {
    clearBits(lane);
    _ = mark(lane, row0 + lane, low, past);
  }
  workgroupBarrier();
  let row = row0 + lane;
  if (row < p.rows) {
    let end = indptr_at(row + 1u);
    for (var k = lowerBound(indptr_at(row), end, low); k < end; k++) {
      let g = indices_at(k);
      if (g >= past) { break; }
      let at = places[g - low] + rank(g - low, lane);
      cells_put(at, row);
      entries_put(at, logs_at(k));
    }
  }
  workgroupBarrier();
  places[lane] += marked(lane);
}`;
