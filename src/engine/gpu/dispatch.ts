/** @file From a shader's description to what a compute pass needs: pipeline, bind group, parameters, grid. */
import type { View } from '../kernels/list.ts';
import { gpuFull } from './errors.ts';
import { bufferNumber, offsetOf, type NumberedBuffer } from './memory.ts';
import { PARAMETER_BYTES, type Pipeline, type Pipelines } from './pipelines.ts';
import { elementFor, parameterNames, type Binding, type Operand, type Shader } from './shader.ts';

/** Offsets of bindings are multiples of this on every device. */
const BINDING_STEP = 256;

const PARAMETER_WORDS = PARAMETER_BYTES / 4;

/** What one dispatch may have. */
export interface DispatchLimits {
  /** Bytes that one binding reaches. */
  readonly bindingBytes: number;
  /** Storage buffers. */
  readonly bindings: number;
  /** Workgroups along one dimension. */
  readonly groups: number;
}

/** What dispatches are built with. */
export interface DispatchTools {
  readonly limits: DispatchLimits;
  readonly pipelines: Pipelines;
  /** The buffer behind a view; scratch included. */
  bufferOf(view: View): NumberedBuffer;
}

/** One dispatch, ready but for the place of its parameters. */
export interface Dispatch {
  readonly pipeline: Pipeline;
  readonly resources: readonly GPUBufferBinding[];
  /** Names the pipeline's layout and the resources. */
  readonly key: string;
  readonly touched: readonly number[];
  readonly parameters: Uint32Array<ArrayBuffer>;
  readonly grid: readonly [number, number];
}

interface Bound extends Binding {
  readonly buffer: NumberedBuffer;
  /** First byte that is bound. */
  readonly from: number;
  readonly size: number;
}

/** Prepares one dispatch. Error: out-of-memory if what one binding must reach is larger than the device allows. */
export function prepareDispatch(tools: DispatchTools, shader: Shader): Dispatch {
  const bound = bindOperands(tools, shader);
  const { limits } = tools;
  if (bound.length > limits.bindings) {
    throw new RangeError(`${shader.label} needs ${bound.length} bindings`);
  }
  return {
    pipeline: tools.pipelines.get(shader, bound),
    resources: bound.map(({ buffer, from, size }) => ({
      buffer: buffer.buffer,
      offset: from,
      size,
    })),
    key: bound
      .map(({ buffer, from, size, written }) => `${written}${buffer.id}.${from}.${size}`)
      .join(),
    touched: bound.map(({ buffer }) => buffer.id),
    parameters: parametersOf(shader, bound),
    grid: gridOf(shader.groups, limits.groups),
  };
}

/** Workgroups in one row, or folded into as few rows as the limit allows. */
export function gridOf(groups: number, limit: number): readonly [number, number] {
  if (groups <= limit) return [groups, 1];
  const rows = Math.ceil(groups / limit);
  return [Math.ceil(groups / rows), rows];
}

function bindOperands(tools: DispatchTools, shader: Shader): Bound[] {
  const byBuffer = new Map<number, [string, Operand][]>();
  for (const entry of Object.entries(shader.operands)) {
    const id = bufferNumber(entry[1].view);
    const same = byBuffer.get(id);
    if (same === undefined) byBuffer.set(id, [entry]);
    else same.push(entry);
  }
  const limit = tools.limits.bindingBytes;
  return [...byBuffer.values()].map((entries) => {
    const operands = entries.map(([, operand]) => operand);
    const buffer = tools.bufferOf(operands[0].view);
    return {
      names: entries.map(([name]) => name),
      written: operands.some((o) => o.access === 'write'),
      element: elementFor(operands),
      buffer,
      ...rangeOf(operands, buffer.bytes, limit),
    };
  });
}

/** The whole buffer where a binding may be so large, else the part that the operands reach. */
function rangeOf(
  operands: readonly Operand[],
  bytes: number,
  limit: number,
): { from: number; size: number } {
  if (bytes <= limit) return { from: 0, size: bytes };
  const first = Math.min(...operands.map(({ view }) => offsetOf(view)));
  const end = Math.max(...operands.map(({ view }) => offsetOf(view) + view.bytes));
  const from = Math.floor(first / BINDING_STEP) * BINDING_STEP;
  const size = Math.min(bytes, Math.ceil(end / 16) * 16) - from;
  if (size > limit) throw gpuFull(size, limit);
  return { from, size };
}

function parametersOf(shader: Shader, bound: readonly Bound[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(PARAMETER_WORDS);
  const floats = new Float32Array(words.buffer);
  const { ints, floats: floatNames } = parameterNames(shader);
  if (ints.length + floatNames.length > PARAMETER_WORDS) {
    throw new RangeError(`${shader.label} has too many parameters`);
  }
  words[0] = shader.groups;
  let at = 2;
  for (const [name, { view }] of Object.entries(shader.operands)) {
    const { from } = bound.find((b) => b.names.includes(name)) as Bound;
    words[at++] = (offsetOf(view) - from) / 4;
  }
  for (const value of Object.values(shader.ints ?? {})) words[at++] = value;
  for (const value of Object.values(shader.floats ?? {})) floats[at++] = value;
  return words;
}
