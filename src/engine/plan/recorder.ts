/** @file Records kernel calls in order, and finds where one call has to wait for earlier ones. */
import {
  KERNELS,
  type ArgumentKind,
  type KernelArguments,
  type KernelName,
  type RecordedCall,
  type View,
} from '../kernels/list.ts';

/** A plan in the making. Layers add their calls to it; a device turns it into a program that can be replayed. */
export class Recorder {
  readonly calls: RecordedCall[] = [];

  /** Appends one call. Error: RangeError if an argument that the kernel needs is missing. */
  call<Name extends KernelName>(kernel: Name, values: KernelArguments<Name>): void {
    const given = values as Readonly<Record<string, number | View | null | undefined>>;
    const kinds = Object.entries(KERNELS[kernel]) as [string, ArgumentKind][];
    const args = kinds.map(([name, kind]) => {
      const value = given[name] ?? null;
      if (value === null && !kind.endsWith('?')) {
        throw new RangeError(`the kernel ${kernel} needs ${name}`);
      }
      return { kind, value };
    });
    if (kernel === 'gemm' || kernel === 'gemmSilu') refuseMixedPlaces(kernel, given);
    this.calls.push({ kernel, arguments: args });
  }
}

/** Depth up to which a product's sum stays in registers until its end is reached. */
const ONE_PASS_DEPTH = 512;

/** Error: RangeError for an addend in the result's own place of which other entries are read than the one that is written. */
function refuseMixedPlaces(
  kernel: KernelName,
  given: Readonly<Record<string, number | View | null | undefined>>,
): void {
  const { k, side, ldc, factor, rows } = given;
  const addend = given['addend'] as View | null | undefined;
  const sum = (given['c'] ?? given['y']) as View;
  if (addend == null || addend.address !== sum.address) return;
  if (side !== ldc || rows != null) {
    throw new RangeError(`${kernel}: an addend in the place of the result has its rows and stride`);
  }
  if (factor != null && (k as number) > ONE_PASS_DEPTH) {
    throw new RangeError(
      `${kernel}: with a factor and k > ${ONE_PASS_DEPTH} the addend needs a place of its own`,
    );
  }
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * For each call, whether all earlier ones must have ended before it starts: it reads what one of them writes, or writes
 * what one of them reads or writes.
 */
export function findBarriers(calls: readonly RecordedCall[]): boolean[] {
  let reads: Range[] = [];
  let writes: Range[] = [];
  return calls.map((call) => {
    const own = touched(call);
    const waits =
      overlap(own.reads, writes) || overlap(own.writes, writes) || overlap(own.writes, reads);
    if (waits) {
      reads = [];
      writes = [];
    }
    reads.push(...own.reads);
    writes.push(...own.writes);
    return waits;
  });
}

function touched(call: RecordedCall): { reads: Range[]; writes: Range[] } {
  const reads: Range[] = [];
  const writes: Range[] = [];
  for (const { kind, value } of call.arguments) {
    if (value === null || typeof value === 'number') continue;
    const range = { from: value.address, to: value.address + value.bytes };
    if (kind.startsWith('in')) reads.push(range);
    if (kind.startsWith('out') || kind.startsWith('inout')) writes.push(range);
  }
  return { reads, writes };
}

function overlap(some: readonly Range[], others: readonly Range[]): boolean {
  return some.some((a) => others.some((b) => a.from < b.to && b.from < a.to));
}
