/** @file WGSL of one negative binomial draw: inversion of small means, else Poisson of gamma. */

/** Functions around `drawOne(mean, theta, word, gene)`; the private variable `key` is set before. */
export const DRAW_TEXT = `var<private> key: vec2u;
var<private> place: u32;
var<private> nextBlock: u32;
var<private> part: u32;
var<private> block: vec4u;

// A number in (0, 1), of the 52 bits that float32 keeps.
fn uniformNext() -> f32 {
  if (part == 2u) {
    block = philox(vec4u(nextBlock, place, 0u, 0x11u), key);
    nextBlock++;
    part = 0u;
  }
  let high = select(block.z, block.x, part == 0u);
  let low = select(block.w, block.y, part == 0u);
  part++;
  return f32(high >> 6u) * 1.4901161193847656e-8 + (f32(low >> 6u) + 0.5) * 2.220446049250313e-16;
}

fn normalNext() -> f32 {
  let radius = sqrt(max(0.0, -2.0 * logOf(uniformNext())));
  let u = uniformNext();
  return radius * sineCosine(u - round(u)).y;
}

// Gamma(shape ≥ 1, rate 1). Source: Marsaglia & Tsang 2000.
fn gammaFromOne(shape: f32) -> f32 {
  let d = shape - 1.0 / 3.0;
  let c = 1.0 / sqrt(9.0 * d);
  for (var tries = 0; tries < 1000; tries++) {
    let x = normalNext();
    let root = 1.0 + c * x;
    if (root <= 0.0) { continue; }
    let v = root * root * root;
    let u = uniformNext();
    let square = x * x;
    if (u < 1.0 - 0.0331 * square * square) { return d * v; }
    // d (1 − v + log v) with v = (1 + r)³, without cancellation for small r.
    let r = c * x;
    if (logOf(u) < 0.5 * square + d * (3.0 * (logOnePlus(r) - r) - 3.0 * r * r - r * r * r)) { return d * v; }
  }
  return d;
}

fn gammaNext(shape: f32) -> f32 {
  if (shape >= 1.0) { return gammaFromOne(shape); }
  let whole = gammaFromOne(shape + 1.0);
  let exponent = logOf(uniformNext()) / shape;
  return select(whole * expOf(exponent), 0.0, exponent < -87.0);
}

// log of the Poisson probability of a whole count, rate ≥ 10.
fn logPoisson(count: f32, rate: f32) -> f32 {
  if (count < 10.0) {
    var sum = -rate;
    for (var k = 1.0; k <= count; k += 1.0) { sum += logOf(rate / k); }
    return sum;
  }
  let x = (rate - count) / count;
  var gap = logOnePlus(x) - x;
  if (abs(x) < 0.25) {
    var q = 0.0;
    for (var k = 14.0; k >= 2.0; k -= 1.0) { q = q * -x - 1.0 / k; }
    gap = q * x * x;
  }
  let i = 1.0 / count;
  return count * gap - 0.5 * logOf(count) - 0.9189385 - i * (1.0 / 12.0 - i * i / 360.0);
}

fn invertPoisson(rate: f32) -> f32 {
  var left = uniformNext();
  var probability = expOf(-rate);
  var count = 0.0;
  while (left > probability && probability > 1e-20) {
    left -= probability;
    count += 1.0;
    probability *= rate / count;
  }
  return count;
}

// Source: Hörmann 1993.
fn rejectPoisson(rate: f32) -> f32 {
  let b = 0.931 + 2.53 * sqrt(rate);
  let a = -0.059 + 0.02483 * b;
  let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  let squeeze = 0.9277 - 3.6224 / (b - 2.0);
  for (var tries = 0; tries < 1000; tries++) {
    let u = uniformNext() - 0.5;
    let v = uniformNext();
    let us = 0.5 - abs(u);
    let count = floor((2.0 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= squeeze) { return count; }
    if (count < 0.0 || (us < 0.013 && v > us)) { continue; }
    if (logOf(v * inverseAlpha / (a / (us * us) + b)) <= logPoisson(count, rate)) { return count; }
  }
  return floor(rate);
}

fn poissonNext(rate: f32) -> f32 {
  if (rate == 0.0) { return 0.0; }
  if (rate < 10.0) { return invertPoisson(rate); }
  return rejectPoisson(rate);
}

// Probability of a count over that of the one before it.
fn growth(count: f32, theta: f32, ratio: f32) -> f32 {
  if (theta > 1e12) { return ratio / (count + 1.0); }
  return (count + theta) / (count + 1.0) * ratio;
}

// Sum of the probabilities above a count, smallest terms not last but all positive.
fn tailAbove(start: f32, probability: f32, theta: f32, ratio: f32) -> f32 {
  var term = probability;
  var sum = 0.0;
  var count = start;
  for (var k = 0; k < 20000; k++) {
    let step = growth(count, theta, ratio);
    term *= step;
    sum += term;
    count += 1.0;
    if (step < 1.0 && term < 1e-8 * (1.0 - step) * sum) { break; }
    if (term < 1e-37) { break; }
  }
  return sum;
}

// The count whose upper tail holds a number.
fn invert(mean: f32, theta: f32, tail: f32) -> f32 {
  var logZero = -mean;
  var ratio = mean;
  if (theta <= 1e12) {
    logZero = -theta * logOnePlus(mean / theta);
    ratio = mean / (theta + mean);
  }
  var above = -expMinusOne(logZero);
  if (tail >= above) { return 0.0; }
  var probability = expOf(logZero);
  var count = 0.0;
  var sure = above;
  for (var k = 0; k < 100000; k++) {
    probability *= growth(count, theta, ratio);
    count += 1.0;
    above -= probability;
    if (above < 0.0625 * sure) {
      above = tailAbove(count, probability, theta, ratio);
      sure = above;
    }
    if (tail >= above) { return count; }
    if (probability < 1e-30 && count > mean) { return count; }
  }
  return count;
}

fn drawOne(mean: f32, theta: f32, word: u32, gene: u32) -> f32 {
  if (mean == 0.0 || theta == 0.0) { return 0.0; }
  place = gene;
  nextBlock = 0u;
  part = 2u;
  if (mean <= 10.0) { return invert(mean, theta, (f32(word) + uniformNext()) * 2.3283064365386963e-10); }
  if (theta > 1e15) { return poissonNext(min(mean, 1e8)); }
  return poissonNext(min(gammaNext(theta) * mean / theta, 1e8));
}`;
