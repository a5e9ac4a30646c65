/**
 * @file How a kernel describes one dispatch, and how that becomes WGSL.
 *
 * A body reads and writes its operands by functions named after them: `x_at(i)`, `x_put(i, value)`, for four neighbours
 * `x_quad(i)`, `x_put_quad(i, value)`, `x_put_some(i, value, end)` (i a multiple of 4; only what lies before `end` is written),
 * for wide numbers `x_wide(i)`, `x_put_wide(i, pair)`. Operands in one
 * buffer share a binding, as WebGPU forbids a second one beside a binding that is written; their offsets are parameters.
 * The body knows `group` (number of the workgroup), `lane` (number within it) and `p` (ints and floats by name).
 */
import type { View } from '../kernels/list.ts';
import { libraryFor } from './library.ts';

/** What a shader does with an operand. */
export type Access = 'read' | 'write';

/** One place that a shader touches. */
export interface Operand {
  readonly view: View;
  readonly access: Access;
  readonly type: 'f32' | 'u32';
  /** Whether all of it is touched in aligned fours. */
  readonly quads: boolean;
}

/** One dispatch: operands, numbers and WGSL. */
export interface Shader {
  readonly label: string;
  readonly operands: Readonly<Record<string, Operand>>;
  /** Whole numbers, 0 … 2³² − 1, as `p.name`. */
  readonly ints?: Readonly<Record<string, number>>;
  /** Floats, as `p.name`. */
  readonly floats?: Readonly<Record<string, number>>;
  /** Invocations of a workgroup. */
  readonly lanes: number;
  /** Workgroups. */
  readonly groups: number;
  /** Functions, constants and shared variables. */
  readonly head?: string;
  /** Statements of the entry point. */
  readonly body: string;
}

/** A place that is only read. @param quads whether it is read in fours only, each at an aligned place */
export function reads(view: View, quads = false): Operand {
  return { view, access: 'read', type: 'f32', quads: quads && isAligned(view) };
}

/** A place that is written, and may be read. @param quads whether in fours only, each at an aligned place */
export function writes(view: View, quads = false): Operand {
  return { view, access: 'write', type: 'f32', quads: quads && isAligned(view) };
}

/** Whole numbers that are only read. */
export function readsWords(view: View): Operand {
  return { view, access: 'read', type: 'u32', quads: false };
}

/** Whole numbers that are written, and may be read. */
export function writesWords(view: View): Operand {
  return { view, access: 'write', type: 'u32', quads: false };
}

/** Whether a view begins at a multiple of four numbers. */
export function isAligned({ address }: View): boolean {
  return address % 16 === 0;
}

/** Element type of a binding. */
export type Element = 'f32' | 'u32' | 'vec4f';

/** One binding: the operands that share it, and how it is declared. */
export interface Binding {
  readonly names: readonly string[];
  readonly written: boolean;
  readonly element: Element;
}

/** The element type that suits all operands of a binding. */
export function elementFor(operands: readonly Operand[]): Element {
  const words = operands.filter((o) => o.type === 'u32').length;
  if (words > 0) return 'u32';
  if (!operands.some((o) => o.quads)) return 'f32';
  // A write to one component may touch its whole vector, so written single numbers keep the binding scalar.
  return operands.every((o) => o.quads || o.access === 'read') ? 'vec4f' : 'f32';
}

/** Names of a shader's parameters in order: offsets, ints, then floats. */
export function parameterNames(shader: Shader): { ints: string[]; floats: string[] } {
  const offsets = Object.keys(shader.operands).map((name) => `o_${name}`);
  return {
    ints: ['groups', 'zero', ...offsets, ...Object.keys(shader.ints ?? {})],
    floats: Object.keys(shader.floats ?? {}),
  };
}

/** The WGSL text of a shader whose operands are bound so. */
export function shaderText(shader: Shader, bindings: readonly Binding[]): string {
  const { ints, floats } = parameterNames(shader);
  const own = `${shader.head ?? ''}\nBODY {\n${shader.body}\n}`;
  const library = libraryFor(own);
  const accessors = bindings.flatMap((binding, b) =>
    binding.names.map((name) => accessorText(name, shader.operands[name], b, binding, own)),
  );
  const main = own.replace(
    'BODY {',
    `@compute @workgroup_size(${shader.lanes}) fn main(@builtin(workgroup_id) place: vec3u, ` +
      '@builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {\n' +
      'let group = place.y * grid.x + place.x;\nif (group >= p.groups) { return; }',
  );
  return [
    `struct Params { ${[...ints.map((n) => `${n}: u32`), ...floats.map((n) => `${n}: f32`)].join(', ')} }`,
    ...bindings.map(
      ({ written, element }, b) =>
        `@group(0) @binding(${b}) var<storage, ${written ? 'read_write' : 'read'}> b${b}: array<${element}>;`,
    ),
    `@group(0) @binding(${bindings.length}) var<uniform> p: Params;`,
    ...accessors,
    library,
    main,
  ].join('\n');
}

/** The access functions of one operand that the body uses. */
function accessorText(
  name: string,
  { type, access }: Operand,
  b: number,
  { element }: Binding,
  body: string,
): string {
  const uses = (suffix: string): boolean => body.includes(`${name}_${suffix}(`);
  const place = `p.o_${name} + i`;
  const scalar = (at: string): string => {
    if (element === 'vec4f') return `b${b}[(${at}) >> 2u][(${at}) & 3u]`;
    const value = `b${b}[${at}]`;
    return element === type ? value : `bitcast<${type}>(${value})`;
  };
  const stored = (value: string): string =>
    element === 'u32' && type === 'f32' ? `bitcast<u32>(${value})` : value;
  const out: string[] = [];
  if (uses('at')) out.push(`fn ${name}_at(i: u32) -> ${type} { return ${scalar(place)}; }`);
  if (uses('quad')) {
    const four = [0, 1, 2, 3].map((q) => scalar(`${place} + ${q}u`)).join(', ');
    const value = element === 'vec4f' ? `b${b}[(${place}) >> 2u]` : `vec4f(${four})`;
    out.push(`fn ${name}_quad(i: u32) -> vec4f { return ${value}; }`);
  }
  if (uses('wide')) {
    const pair = [0, 1].map((q) => scalar(`p.o_${name} + 2u * i + ${q}u`)).join(', ');
    out.push(`fn ${name}_wide(i: u32) -> vec2f { return vec2f(${pair}); }`);
  }
  if (access === 'read') return out.join('\n');
  if (uses('put')) {
    out.push(`fn ${name}_put(i: u32, v: ${type}) { b${b}[${place}] = ${stored('v')}; }`);
  }
  if (uses('put_quad')) {
    const four = [0, 1, 2, 3].map((q) => `b${b}[${place} + ${q}u] = ${stored(`v[${q}]`)};`);
    const text = element === 'vec4f' ? `b${b}[(${place}) >> 2u] = v;` : four.join(' ');
    out.push(`fn ${name}_put_quad(i: u32, v: vec4f) { ${text} }`);
  }
  if (uses('put_some')) {
    const one = (q: number): string => {
      const whole = `${place} + ${q}u`;
      const to = element === 'vec4f' ? `b${b}[(${whole}) >> 2u][${q}]` : `b${b}[${whole}]`;
      return `if (i + ${q}u < end) { ${to} = ${stored(`v[${q}]`)}; }`;
    };
    const all = [0, 1, 2, 3].map(one).join(' ');
    const text =
      element === 'vec4f'
        ? `if (i + 3u < end) { b${b}[(${place}) >> 2u] = v; } else { ${all} }`
        : all;
    out.push(`fn ${name}_put_some(i: u32, v: vec4f, end: u32) { ${text} }`);
  }
  if (uses('put_wide')) {
    const two = [0, 1].map((q) => `b${b}[p.o_${name} + 2u * i + ${q}u] = ${stored(`v[${q}]`)};`);
    out.push(`fn ${name}_put_wide(i: u32, v: vec2f) { ${two.join(' ')} }`);
  }
  return out.join('\n');
}
