/** @file Test helper: how far two arrays are apart. */

/** Largest |a − b|; a value that is not a number, or unequal lengths, gives Infinity. Equal infinities differ by 0. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return largest(a, b, () => 1);
}

/** Largest |a − b| / |b|; where b is 0, a must be 0 too. */
export function largestRelative(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return largest(a, b, Math.abs);
}

/** Largest |a − b| / (1 + |b|). */
export function largestScaled(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return largest(a, b, (value) => 1 + Math.abs(value));
}

function largest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  scale: (value: number) => number,
): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    const difference = Math.abs(a[i] - b[i]) / scale(b[i]);
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  }
  return worst;
}
