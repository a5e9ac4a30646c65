/** @file Hands out parts of one memory: first fit, freed neighbours joined. */
import type { View } from '../kernels/list.ts';
import { LINE_BYTES } from './layout.ts';

interface Gap {
  address: number;
  bytes: number;
}

/** Keeps track of what is in use from an address on; asks for more memory when there is no gap. */
export class Heap {
  readonly #gaps: Gap[] = [];
  readonly #grow: (end: number) => void;
  #end: number;
  #inUse = 0;

  /** @param grow makes the memory reach at least to the address it is given */
  constructor(start: number, grow: (end: number) => void) {
    this.#end = start;
    this.#grow = grow;
  }

  /** Bytes that are handed out now, gaps between them included. */
  get bytesInUse(): number {
    return this.#inUse;
  }

  /** A place for so many bytes. */
  allocate(bytes: number): View {
    const room = Math.ceil(bytes / LINE_BYTES) * LINE_BYTES + LINE_BYTES;
    this.#inUse += room;
    const gap = this.#gaps.find((g) => g.bytes >= room);
    if (gap !== undefined) {
      const { address } = gap;
      gap.address += room;
      gap.bytes -= room;
      if (gap.bytes === 0) this.#gaps.splice(this.#gaps.indexOf(gap), 1);
      return { address, bytes };
    }
    const address = this.#end;
    this.#grow(address + room);
    this.#end = address + room;
    return { address, bytes };
  }

  /** Takes a place back; it must be as `allocate` gave it. */
  free({ address, bytes }: View): void {
    const room = Math.ceil(bytes / LINE_BYTES) * LINE_BYTES + LINE_BYTES;
    this.#inUse -= room;
    const after = this.#gaps.findIndex((g) => g.address > address);
    const at = after < 0 ? this.#gaps.length : after;
    this.#gaps.splice(at, 0, { address, bytes: room });
    this.#join(at);
    if (at > 0) this.#join(at - 1);
  }

  #join(at: number): void {
    const gap = this.#gaps[at];
    const next = this.#gaps[at + 1];
    if (next === undefined || gap.address + gap.bytes !== next.address) return;
    gap.bytes += next.bytes;
    this.#gaps.splice(at + 1, 1);
  }
}
