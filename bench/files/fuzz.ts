/**
 * @file Opens many damaged files and counts what became of them; npm test does the same with 500.
 *
 * npx tsx bench/files/fuzz.ts [--from 0] [--to 10000]
 */
import { parseArgs } from 'node:util';
import { fuzz } from '../../src/data/testing/fuzz.ts';

const { values } = parseArgs({
  options: { from: { type: 'string', default: '0' }, to: { type: 'string', default: '10000' } },
});
const started = performance.now();
const [first, last] = [Number(values.from), Number(values.to)];
const blockSize = 500;
const outcomes = new Map<string, number>();
/** Files that were read with other counts than before the damage, by the kind of damage. */
const altered = new Map<string, number>();
let slowest = 0;
let largest = 0;
for (let from = first; from < last; from += blockSize) {
  for (const found of await fuzz(from, Math.min(last, from + blockSize))) {
    if (found.outcome === 'loaded, other counts')
      altered.set(found.how, (altered.get(found.how) ?? 0) + 1);
    outcomes.set(found.outcome, (outcomes.get(found.outcome) ?? 0) + 1);
    slowest = Math.max(slowest, found.ms);
    largest = Math.max(largest, found.rss);
    if (/^FAULT|watchdog/.test(found.outcome)) console.log(JSON.stringify(found));
  }
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(JSON.stringify({ upTo: Math.min(last, from + blockSize), seconds }));
}
console.log(
  JSON.stringify({
    files: last - first,
    outcomes: Object.fromEntries([...outcomes].sort((a, b) => b[1] - a[1])),
    otherCounts: Object.fromEntries(altered),
    slowestMs: slowest,
    largestProcessMb: largest,
  }),
);
