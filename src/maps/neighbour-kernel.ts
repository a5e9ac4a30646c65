/** @file The compiled neighbour search (src/maps/assembly): its module, its functions, and the memory they work in. */
import { neighbourKernelBinary } from './neighbour-kernel-binary.ts';

/** What the kernel offers; every argument is a byte offset or a whole number, as the assembly names them. */
export interface NeighbourKernel {
  readonly search: (...places: number[]) => void;
  readonly nearest: (row: number, width: number, centres: number, n: number, out: number) => number;
  readonly scanPanels: (...places: number[]) => void;
  readonly measurePanels: (...places: number[]) => void;
  readonly joinPairs: (...places: number[]) => void;
  readonly descend: (...places: number[]) => number;
}

let compiled: WebAssembly.Module | null | undefined;

/** The compiled module; null where the runtime has no WebAssembly with SIMD. */
export function kernelModule(): WebAssembly.Module | null {
  if (compiled === undefined) {
    try {
      const bytes = Uint8Array.from(atob(neighbourKernelBinary), (letter) => letter.charCodeAt(0));
      compiled = new WebAssembly.Module(bytes);
    } catch {
      compiled = null;
    }
  }
  return compiled;
}

const PAGE = 65_536;
/** Bytes of one piece beyond its numbers, for its alignment. */
const SLACK = 16;

/** A piece of linear memory, handed out from its start. */
export class Arena {
  readonly memory: WebAssembly.Memory;
  private next = 1024;

  /** @param numbers how many 32-bit numbers will be taken, in at most 60 pieces. Error: RangeError where there is not that much memory. */
  constructor(numbers: number) {
    this.memory = new WebAssembly.Memory({
      initial: Math.ceil((4 * numbers + 1024 + 60 * SLACK) / PAGE),
      maximum: PAGE,
    });
  }

  private take(bytes: number): number {
    const at = this.next;
    this.next += Math.ceil(bytes / SLACK) * SLACK;
    return at;
  }

  floats(length: number): Float32Array {
    return new Float32Array(this.memory.buffer, this.take(4 * length), length);
  }

  wholes(length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, this.take(4 * length), length);
  }

  integers(length: number): Int32Array {
    return new Int32Array(this.memory.buffer, this.take(4 * length), length);
  }
}

/** The kernel over an arena's memory. */
export function instantiateKernel(module: WebAssembly.Module, arena: Arena): NeighbourKernel {
  const { exports } = new WebAssembly.Instance(module, { env: { memory: arena.memory } });
  return exports as unknown as NeighbourKernel;
}
