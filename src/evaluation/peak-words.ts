/** @file A comparison by peaks in plain words. */
import type { LinkVerdict, PeaksPart, PeakVerdict } from '../protocol/peaks.ts';

/** Up to so many times as far from held-out cells as other real cells are: close, and near. One draw of real cells is the measure. */
const CLOSE = 1.5;
const NEAR = 3;
/** Peaks of a cell may be off by such shares at most, to be called close, and near: the space of peaks leaves their number out. */
const CLOSE_SHARE = 0.15;
const NEAR_SHARE = 0.3;

const two = (value: number): string => value.toFixed(2);

/** A multiple in few digits: 0.94, 1.3, 28. */
const multiple = (value: number): string =>
  value < 1 ? two(value) : value < 10 ? value.toFixed(1) : value.toFixed(0);

/** Headline and sentences on peaks, and on what ties genes to them. */
export function peakWords(
  { synthetic, floor, peaks }: PeakVerdict,
  together: LinkVerdict | null,
): Pick<PeaksPart, 'headline' | 'sentences'> {
  const sentences: string[] = [];
  let headline = 'Compared by peaks';
  if (floor !== null) {
    const times = floor.energy > 0 ? synthetic.energy / floor.energy : Infinity;
    headline = headlineOf(times, Math.abs(synthetic.peaksRatio - 1));
    sentences.push(
      `By ${peaks.toLocaleString('en-GB')} peaks they lie ${multiple(times)} times as far from held-out cells as other real cells do (energy ${two(synthetic.energy)}, real cells ${two(floor.energy)}).`,
    );
  }
  sentences.push(shareWords(synthetic.peaksRatio));
  if (together !== null) sentences.push(linkWords(together));
  return { headline, sentences };
}

function headlineOf(times: number, off: number): string {
  if (times <= CLOSE && off <= CLOSE_SHARE) return 'Close to real cells by their peaks';
  const near = times <= NEAR && off <= NEAR_SHARE;
  return near ? 'Near real cells by their peaks' : 'Unlike real cells by their peaks';
}

function shareWords(ratio: number): string {
  const off = Math.round(100 * Math.abs(ratio - 1));
  if (off === 0) return 'A cell has as many peaks as a real one.';
  return `A cell has ${off} % ${ratio < 1 ? 'fewer' : 'more'} peaks than a real one.`;
}

function linkWords({ pairs, synthetic, floor, untied }: LinkVerdict): string {
  const real = floor === null ? '' : ` (other real cells ${two(floor.correlation)})`;
  return `Of what ties genes to the peaks beside them, over ${pairs.toLocaleString('en-GB')} pairs, a correlation of ${two(synthetic.correlation)} is kept${real}; genes and peaks of different cells give ${two(untied.correlation)}.`;
}
