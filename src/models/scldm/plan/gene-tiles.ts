/**
 * @file What the gene decoder's two passes share: tiles of genes, chunks of cells, and how a chunk's rows are made from the tokens.
 *
 * Row r of a tile is cell r / genes and gene r mod genes of the tile.
 */
import { part } from '../../../engine/compute-device.ts';
import type { View } from '../../../engine/kernels/list.ts';
import { affine, columnsOf, type Matrix } from '../../../engine/plan/layers.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { EPSILON } from '../../tape/layers.ts';
import { rowsOf, type Tape } from '../../tape/tape.ts';

/** Genes of a tile, and rows (gene and cell) of a chunk. */
export interface Tiling {
  readonly genes: number;
  readonly rows: number;
}

/** What a chunk writes stays in the second cache, or fills a GPU. */
const TILINGS: Readonly<Record<'cpu' | 'webgpu', Tiling>> = {
  cpu: { genes: 64, rows: 768 },
  webgpu: { genes: 256, rows: 16_384 },
};

/** Neighbouring genes. */
export interface Tile {
  readonly from: number;
  readonly genes: number;
}

/** Working memory of one chunk. */
export interface Chunk {
  /** What genes know of their cells, added to their vectors. */
  readonly y: Matrix;
  /** Its norm. */
  readonly n: Matrix;
  /** Mean and 1 / deviation of each row. */
  readonly stats: View;
  /** Both inputs of the gate, [rows, 2 gated], and its output [rows, gated]. */
  readonly both: Matrix;
  readonly gated: Matrix;
  readonly logit: Matrix;
}

/** The memory and the forward pass of tiles. */
export class GeneTiles {
  readonly tape: Tape;
  readonly shape: AutoencoderShape;
  readonly cells: number;
  /** Gene vectors, [genes, width]. */
  readonly table: Matrix;
  /** Queries of the genes, the same for all cells, [genes, width]. */
  readonly queries: Matrix;
  /** [cells, genes] */
  readonly logits: Matrix;
  /** Keys and values of the tokens, [cells · tokens, 2 width]. */
  readonly pair: Matrix;
  readonly tiles: readonly Tile[];
  /** What the genes of one tile see of every cell, [cells · genes of a tile, width], and that behind the output map. */
  readonly attended: Matrix;
  readonly projected: Matrix;
  readonly #chunkCells: number;

  constructor(
    tape: Tape,
    shape: AutoencoderShape,
    cells: number,
    table: Matrix,
    tiling: Tiling = TILINGS[tape.device.kind],
  ) {
    const { width, tokens, crossHeads } = shape;
    const genes = table.rows;
    const most = Math.min(tiling.genes, genes);
    this.tape = tape;
    this.shape = shape;
    this.cells = cells;
    this.table = table;
    this.#chunkCells = Math.min(cells, Math.max(1, Math.floor(tiling.rows / most)));
    this.tiles = Array.from({ length: Math.ceil(genes / most) }, (_, t) => {
      return { from: t * most, genes: Math.min(most, genes - t * most) };
    });
    this.logits = tape.dense(cells, genes);
    this.pair = tape.dense(cells * tokens, 2 * width);
    this.attended = tape.dense(cells * most, width);
    this.projected = crossHeads === 1 ? this.attended : tape.dense(cells * most, width);
    this.queries = tape.dense(genes, width);
  }

  /** Rows of the largest tile. */
  get mostRows(): number {
    return this.cells * this.tiles[0].genes;
  }

  /** Chunks of all tiles. */
  get chunks(): number {
    return Math.ceil(this.cells / this.#chunkCells) * this.tiles.length;
  }

  /** Visits the chunks of a tile: first cell, and how many. */
  eachChunk(visit: (from: number, cells: number) => void): void {
    for (let from = 0; from < this.cells; from += this.#chunkCells) {
      visit(from, Math.min(this.#chunkCells, this.cells - from));
    }
  }

  chunkMemory(): Chunk {
    const { tape } = this;
    const { width, gated } = this.shape;
    const rows = Math.min(this.#chunkCells, this.cells) * this.tiles[0].genes;
    return {
      y: tape.dense(rows, width),
      n: tape.dense(rows, width),
      stats: tape.dense(rows, 2).view,
      both: tape.dense(rows, 2 * gated),
      gated: tape.dense(rows, gated),
      logit: tape.dense(rows, 1),
    };
  }

  /** The arguments of a tile's attention, forward and backward. */
  attentionOf(tile: Tile) {
    const { tokens, width, crossHeads } = this.shape;
    return {
      q: part(this.queries.view, tile.from * width, tile.genes * width),
      k: this.pair.view,
      v: columnsOf(this.pair, width, width).view,
      out: this.attended.view,
      groups: this.cells,
      nq: tile.genes,
      nk: tokens,
      heads: crossHeads,
      width: width / crossHeads,
      sideQ: width,
      sideKv: 2 * width,
      shared: 1,
    };
  }

  /** What every gene of a tile sees in every cell goes to `projected`. */
  recordAttention(tile: Tile, lse: View | null): void {
    const { tape } = this;
    tape.recorder.call('attention', { ...this.attentionOf(tile), lse });
    if (this.shape.crossHeads === 1) return;
    const rows = this.cells * tile.genes;
    const out = tape.weight('decoder.cross.out.weight');
    affine(tape.recorder, { ...this.attended, rows }, out, { ...this.projected, rows });
  }

  /** From what genes see in some cells to the hidden values of the gated layer. */
  recordRows(tile: Tile, fromCell: number, c: Chunk): void {
    const { recorder } = this.tape;
    const { width, gated } = this.shape;
    const { rows } = c.y;
    const shape = { side: width, every: 1, rows, columns: width };
    recorder.call('modulate', {
      x: rowsOf(this.projected, fromCell * tile.genes, rows).view,
      shift: rowsOf(this.table, tile.from, tile.genes).view,
      base: 1,
      groups: tile.genes,
      out: c.y.view,
      ...shape,
    });
    recorder.call('rowNorm', {
      kind: 0,
      x: c.y.view,
      factor: this.tape.weight('decoder.cross.gated.norm.gain').view,
      shift: this.tape.weight('decoder.cross.gated.norm.shift').view,
      base: 0,
      groups: 1,
      y: c.n.view,
      stats: c.stats,
      epsilon: EPSILON,
      ...shape,
    });
    affine(recorder, c.n, this.tape.weight('decoder.cross.gated.in.weight'), c.both);
    recorder.call('swiglu', {
      a: c.both.view,
      b: columnsOf(c.both, gated, gated).view,
      side: 2 * gated,
      y: c.gated.view,
      rows,
      width: gated,
    });
  }

  /** Copies a chunk's numbers to their places in [cells, genes], or from there. */
  copyLogits(tile: Tile, fromCell: number, cells: number, chunk: Matrix, to: Matrix): void {
    this.#copy(tile, fromCell, cells, chunk, to, false);
  }

  takeLogits(tile: Tile, fromCell: number, cells: number, from: Matrix, chunk: Matrix): void {
    this.#copy(tile, fromCell, cells, chunk, from, true);
  }

  #copy(
    { from, genes }: Tile,
    fromCell: number,
    cells: number,
    chunk: Matrix,
    whole: Matrix,
    takes: boolean,
  ): void {
    const count = (cells - 1) * whole.columns + genes;
    const place = { view: part(whole.view, fromCell * whole.columns + from, count), side: whole.columns }; // prettier-ignore
    const own = { view: chunk.view, side: genes };
    const [source, target] = takes ? [place, own] : [own, place];
    this.tape.recorder.call('copyColumns', {
      from: source.view,
      sideFrom: source.side,
      to: target.view,
      sideTo: target.side,
      rows: cells,
      columns: genes,
    });
  }
}

/** The same memory with so many rows in use. */
export function sized({ y, n, stats, both, gated, logit }: Chunk, rows: number): Chunk {
  const top = (m: Matrix): Matrix => ({ ...m, rows });
  return { y: top(y), n: top(n), stats, both: top(both), gated: top(gated), logit: top(logit) };
}
