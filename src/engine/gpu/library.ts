/**
 * @file WGSL functions that shaders share; a shader gets those whose names its text mentions.
 *
 * WGSL's own exp and log may be off by many units in the last place, and it has no log1p, expm1 or lgamma, so they are written
 * out. Compilers may assume that no NaN occurs; `hold` is phrased so that one usually survives it.
 */

/** Name of the function that brings a part in, and the part. Later parts may use earlier ones. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [
    /\bhold\(/,
    `fn hold(x: f32, low: f32, high: f32) -> f32 { return select(select(x, low, x < low), high, x > high); }`,
  ],
  [
    /\bexpOf\(/,
    `// e^x, |relative error| < 2e-7, x held in −87.3 … 88.3
fn expOf(x: f32) -> f32 {
  let held = hold(x, -87.33654, 88.37626);
  let n = round(held * 1.44269504);
  var r = fma(n, -0.693359375, held);
  r = fma(n, 2.12194440e-4, r);
  var q = 1.9875691500e-4;
  q = fma(q, r, 1.3981999507e-3);
  q = fma(q, r, 8.3334519073e-3);
  q = fma(q, r, 4.1665795894e-2);
  q = fma(q, r, 1.6666665459e-1);
  q = fma(q, r, 5.0000001201e-1);
  let value = fma(q, r * r, r) + 1.0;
  return bitcast<f32>(bitcast<i32>(value) + (i32(n) << 23u));
}`,
  ],
  [
    /\blogOf\(/,
    `// log of positive normal numbers
fn logOf(x: f32) -> f32 {
  let shifted = bitcast<i32>(x) - 0x3f3504f3;
  let exponent = f32(shifted >> 23u);
  let s = bitcast<f32>((shifted & 0x007fffff) + 0x3f3504f3) - 1.0;
  let z = s * s;
  var q = 7.0376836292e-2;
  q = fma(q, s, -1.1514610310e-1);
  q = fma(q, s, 1.1676998740e-1);
  q = fma(q, s, -1.2420140846e-1);
  q = fma(q, s, 1.4249322787e-1);
  q = fma(q, s, -1.6668057665e-1);
  q = fma(q, s, 2.0000714765e-1);
  q = fma(q, s, -2.4999993993e-1);
  q = fma(q, s, 3.3333331174e-1);
  let near = fma(-0.5, z, q * z * s) + s;
  return fma(exponent, 0.693359375, fma(exponent, -2.12194440e-4, near));
}`,
  ],
  [
    /\blogOnePlus\(/,
    `// log(1 + z) for z > −1: 2 artanh(z / (2 + z)), by its series near 0
fn logOnePlus(z: f32) -> f32 {
  let s = z / (2.0 + z);
  if (abs(s) > 0.34) { return logOf(1.0 + z); }
  let q = s * s;
  var c = 1.0 / 15.0;
  c = fma(c, q, 1.0 / 13.0);
  c = fma(c, q, 1.0 / 11.0);
  c = fma(c, q, 1.0 / 9.0);
  c = fma(c, q, 1.0 / 7.0);
  c = fma(c, q, 1.0 / 5.0);
  c = fma(c, q, 1.0 / 3.0);
  return (s + s) * fma(c, q, 1.0);
}`,
  ],
  [
    /\bexpMinusOne\(/,
    `// e^x − 1
fn expMinusOne(x: f32) -> f32 {
  if (abs(x) > 0.35) { return expOf(x) - 1.0; }
  var q = 1.0 / 5040.0;
  q = fma(q, x, 1.0 / 720.0);
  q = fma(q, x, 1.0 / 120.0);
  q = fma(q, x, 1.0 / 24.0);
  q = fma(q, x, 1.0 / 6.0);
  q = fma(q, x, 0.5);
  return fma(q * x, x, x);
}`,
  ],
  [/\bsigmoidOf\(/, `fn sigmoidOf(x: f32) -> f32 { return 1.0 / (1.0 + expOf(-x)); }`],
  [/\beluOf\(/, `fn eluOf(x: f32) -> f32 { return select(expMinusOne(min(x, 0.0)), x, x > 0.0); }`],
  [
    /\blgammaDifference\(/,
    `// log Γ(a + x) − log Γ(a), whole x ≥ 0, a > 0: factors while x ≤ 8, then a difference of Stirling series
fn lgammaDifference(a: f32, x: f32) -> f32 {
  var s = 0.0;
  let n = min(x, 8.0);
  for (var k = 0.0; k < n; k += 1.0) { s += logOf(a + k); }
  if (x <= 8.0) { return s; }
  let c = a + 8.0;
  let b = a + x;
  let d = x - 8.0;
  let ib = 1.0 / b;
  let ic = 1.0 / c;
  return s + (c - 0.5) * logOnePlus(d * ic) + d * (logOf(b) - 1.0) + (ib - ic) / 12.0 - (ib * ib * ib - ic * ic * ic) / 360.0;
}`,
  ],
  [
    /\bdigammaDifference\(/,
    `// ψ(a + x) − ψ(a)
fn digammaDifference(a: f32, x: f32) -> f32 {
  var s = 0.0;
  let n = min(x, 8.0);
  for (var k = 0.0; k < n; k += 1.0) { s += 1.0 / (a + k); }
  if (x <= 8.0) { return s; }
  let ib = 1.0 / (a + x);
  let ic = 1.0 / (a + 8.0);
  let b2 = ib * ib;
  let c2 = ic * ic;
  return s + logOnePlus((x - 8.0) * ic) - 0.5 * (ib - ic) - (b2 - c2) / 12.0 + (b2 * b2 - c2 * c2) / 120.0;
}`,
  ],
  [
    /\bphilox\(/,
    `// Upper half of a 64-bit product
fn mulHigh(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
  let m1 = ah * bl + ((al * bl) >> 16u);
  let m2 = al * bh + (m1 & 0xffffu);
  return ah * bh + (m1 >> 16u) + (m2 >> 16u);
}
// Philox4x32-10. Source: Salmon et al. 2011.
fn philox(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var i = 0u; i < 10u; i++) {
    let h0 = mulHigh(0xd2511f53u, c.x); let l0 = 0xd2511f53u * c.x;
    let h1 = mulHigh(0xcd9e8d57u, c.z); let l1 = 0xcd9e8d57u * c.z;
    c = vec4u(h1 ^ c.y ^ k.x, l1, h0 ^ c.w ^ k.y, l0);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}`,
  ],
  [
    /\bsineCosine\(/,
    `// (sin, cos) of 2π · turns, |turns| ≤ ½; error below 1e-7
fn sineCosine(turns: f32) -> vec2f {
  let quarter = round(turns * 4.0);
  let r = (turns - quarter * 0.25) * 6.28318530717958647692;
  let z = r * r;
  var s = -1.9515295891e-4;
  s = fma(s, z, 8.3321608736e-3);
  s = fma(s, z, -1.6666654611e-1);
  s = fma(s * z, r, r);
  var c = 2.443315711809948e-5;
  c = fma(c, z, -1.388731625493765e-3);
  c = fma(c, z, 4.166664568298827e-2);
  c = fma(c * z, z, 1.0 - z * 0.5);
  let q = i32(quarter);
  let odd = (q & 1) != 0;
  let sine = select(s, c, odd) * select(1.0, -1.0, (q & 2) != 0);
  let cosine = select(c, s, odd) * select(1.0, -1.0, ((q + 1) & 2) != 0);
  return vec2f(sine, cosine);
}`,
  ],
  [
    /\bwide(Add|Scale|Of)\(/,
    `// Pairs (high, low) of float32. \`opaque\` keeps compilers from cancelling what is meant to be a rounding error.
fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ p.zero); }
fn wideTrim(s: f32, e: f32) -> vec2f {
  let h = opaque(s + e);
  return vec2f(h, e - opaque(h - s));
}
fn wideAdd(a: vec2f, b: vec2f) -> vec2f {
  let s = opaque(a.x + b.x);
  let t = opaque(s - a.x);
  let e = opaque(a.x - opaque(s - t)) + opaque(b.x - t);
  return wideTrim(s, e + (a.y + b.y));
}
fn highPart(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }
fn wideScale(a: vec2f, c: f32) -> vec2f {
  let ah = highPart(a.x); let al = a.x - ah; let ch = highPart(c); let cl = c - ch;
  let product = opaque(a.x * c);
  let e = ((opaque(ah * ch) - product) + opaque(ah * cl) + opaque(al * ch)) + al * cl;
  return wideTrim(product, e + a.y * c);
}
fn wideOf(x: f32) -> vec2f { return vec2f(x, 0.0); }`,
  ],
];

/** The parts that a shader's text needs, earlier ones first. */
export function libraryFor(text: string): string {
  let all = text;
  const chosen: string[] = [];
  for (let i = PARTS.length - 1; i >= 0; i--) {
    const [name, part] = PARTS[i];
    if (!name.test(all)) continue;
    chosen.unshift(part);
    all += part;
  }
  return chosen.join('\n');
}

/**
 * A function `NAME(lane, value)` that reduces the values of all lanes, in a fixed order, and returns the result to each.
 *
 * It holds barriers: all lanes must call it. @param lanes a power of two
 */
export function reduction(
  name: string,
  lanes: number,
  join: (a: string, b: string) => string,
): string {
  return `var<workgroup> ${name}Room: array<f32, ${lanes}>;
fn ${name}(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  ${name}Room[lane] = value;
  workgroupBarrier();
  for (var s = ${lanes / 2}u; s > 0u; s >>= 1u) {
    if (lane < s) { ${name}Room[lane] = ${join(`${name}Room[lane]`, `${name}Room[lane + s]`)}; }
    workgroupBarrier();
  }
  return ${name}Room[0];
}`;
}

/** Sum over the lanes; see `reduction`. */
export function sumOver(lanes: number, name = 'sumAll'): string {
  return reduction(name, lanes, (a, b) => `${a} + ${b}`);
}

/** Maximum over the lanes; see `reduction`. */
export function maxOver(lanes: number, name = 'maxAll'): string {
  return reduction(name, lanes, (a, b) => `max(${a}, ${b})`);
}
