/** @file The gene decoder's second pass: tile by tile everything is made again from the tokens, and gradients flow back through it. */
import {
  affine,
  affineInputGradient,
  affineWeightGradient,
  columnsOf,
  matrix,
  type Matrix,
} from '../../../engine/plan/layers.ts';
import { sized, type Chunk, type GeneTiles, type Tile } from './gene-tiles.ts';
import { recordAdd, recordSum } from '../../tape/layers.ts';
import { rowsOf } from '../../tape/tape.ts';

/** Gradients behind the logits; those of weights go to their places. */
export interface GeneGradients {
  readonly dPair: Matrix;
  readonly dQueries: Matrix;
  /** Of the gene vectors as what attention is added to. */
  readonly dResidual: Matrix;
}

/** Records the second pass. @param reader the gated layer's last map times the head */
export function recordGeneGradients(
  tiles: GeneTiles,
  reader: Matrix,
  dLogits: Matrix,
): GeneGradients {
  return new GenePass(tiles, reader, dLogits).record();
}

class GenePass {
  readonly #tiles: GeneTiles;
  readonly #reader: Matrix;
  readonly #dLogits: Matrix;
  readonly #chunk: Chunk;
  readonly #dGated: Matrix;
  readonly #dBoth: Matrix;
  readonly #dn: Matrix;
  readonly #dRow: Matrix;
  /** Gradients of gain and shift, a row a chunk. */
  readonly #gains: Matrix;
  readonly #shifts: Matrix;
  /** Gradient of y of a whole tile. */
  readonly #dY: Matrix;
  /** Σ dLogit · gated and Σ dLogit · y. */
  readonly #sumGated: Matrix;
  readonly #sumY: Matrix;
  #done = 0;

  constructor(tiles: GeneTiles, reader: Matrix, dLogits: Matrix) {
    const { tape } = tiles;
    const { width, gated } = tiles.shape;
    this.#tiles = tiles;
    this.#reader = reader;
    this.#dLogits = dLogits;
    this.#chunk = tiles.chunkMemory();
    const { rows } = this.#chunk.y;
    this.#dGated = tape.dense(rows, gated);
    this.#dBoth = tape.dense(rows, 2 * gated);
    this.#dn = tape.dense(rows, width);
    this.#dRow = tape.dense(rows, width);
    this.#gains = tape.dense(tiles.chunks, width);
    this.#shifts = tape.dense(tiles.chunks, width);
    this.#dY = tape.dense(tiles.mostRows, width);
    this.#sumGated = tape.dense(1, gated);
    this.#sumY = tape.dense(1, width);
  }

  record(): GeneGradients {
    const { tape, shape, cells, pair, table, mostRows } = this.#tiles;
    const { recorder } = tape;
    const { width, crossHeads } = shape;
    const lse = tape.dense(mostRows, crossHeads).view;
    const dAttended = crossHeads === 1 ? this.#dY : tape.dense(mostRows, width);
    const dq = tape.dense(mostRows, width);
    const dPair = tape.dense(pair.rows, pair.columns);
    const dPairTile = tape.dense(pair.rows, pair.columns);
    const dQueries = tape.dense(table.rows, width);
    const dResidual = tape.dense(table.rows, width);
    for (const tile of this.#tiles.tiles) {
      this.#tiles.recordAttention(tile, lse);
      this.#tiles.eachChunk((from, some) => this.#recordChunk(tile, from, some));
      if (crossHeads > 1) this.#recordProjection(tile, dAttended);
      const gather = { side: width, every: 1, groups: tile.genes, columns: width };
      const sumOverCells = (x: Matrix, out: Matrix): void =>
        recorder.call('groupSums', {
          x: x.view,
          out: rowsOf(out, tile.from, tile.genes).view,
          rows: cells * tile.genes,
          ...gather,
        });
      sumOverCells(this.#dY, dResidual);
      const target = tile.from === 0 ? dPair : dPairTile;
      recorder.call('attentionGradient', {
        ...this.#tiles.attentionOf(tile),
        lse,
        dOut: dAttended.view,
        dq: dq.view,
        dk: target.view,
        dv: columnsOf(target, width, width).view,
      });
      if (tile.from > 0) recordAdd(tape, dPair, dPairTile);
      sumOverCells(dq, dQueries);
    }
    recordSum(tape, this.#gains, tape.gradient('decoder.cross.gated.norm.gain').view);
    recordSum(tape, this.#shifts, tape.gradient('decoder.cross.gated.norm.shift').view);
    this.#recordReader();
    return { dPair, dQueries, dResidual };
  }

  #recordChunk(tile: Tile, from: number, cells: number): void {
    const { tape, shape } = this.#tiles;
    const { recorder } = tape;
    const { gated, width } = shape;
    const rows = cells * tile.genes;
    const c = sized(this.#chunk, rows);
    const top = (m: Matrix): Matrix => ({ ...m, rows });
    const [dGated, dBoth, dn] = [top(this.#dGated), top(this.#dBoth), top(this.#dn)];
    const first = this.#done === 0;
    this.#tiles.takeLogits(tile, from, cells, this.#dLogits, c.logit);
    this.#tiles.recordRows(tile, from, c);
    this.#accumulate(c.logit, c.gated, this.#sumGated, first);
    this.#accumulate(c.logit, c.y, this.#sumY, first);
    affine(recorder, c.logit, matrix(this.#reader.view, 1, gated), dGated);
    recorder.call('swigluGradient', {
      a: c.both.view,
      b: columnsOf(c.both, gated, gated).view,
      side: 2 * gated,
      dy: dGated.view,
      da: dBoth.view,
      db: columnsOf(dBoth, gated, gated).view,
      sideOut: 2 * gated,
      rows,
      width: gated,
    });
    affineInputGradient(recorder, dBoth, tape.weight('decoder.cross.gated.in.weight'), dn);
    this.#accumulate(c.n, dBoth, tape.gradient('decoder.cross.gated.in.weight'), first);
    affine(recorder, c.logit, tape.weight('head'), top(this.#dRow));
    const norm = { x: c.y.view, stats: c.stats, dy: dn.view, side: width, every: 1, groups: 1, rows, columns: width }; // prettier-ignore
    recorder.call('rowNormFactorGradient', {
      ...norm,
      dFactor: rowsOf(this.#gains, this.#done, 1).view,
      dShift: rowsOf(this.#shifts, this.#done, 1).view,
    });
    recorder.call('rowNormGradient', {
      ...norm,
      kind: 0,
      factor: tape.weight('decoder.cross.gated.norm.gain').view,
      base: 0,
      addend: this.#dRow.view,
      dx: rowsOf(this.#dY, from * tile.genes, rows).view,
    });
    this.#done++;
  }

  /** Back through the attention's output map, where there are several heads. */
  #recordProjection(tile: Tile, dAttended: Matrix): void {
    const { tape, cells, attended } = this.#tiles;
    const rows = cells * tile.genes;
    const dy = { ...this.#dY, rows };
    const name = 'decoder.cross.out.weight';
    affineInputGradient(tape.recorder, dy, tape.weight(name), { ...dAttended, rows });
    this.#accumulate({ ...attended, rows }, dy, tape.gradient(name), tile.from === 0);
  }

  /** out (+)= aᵀ · b. */
  #accumulate(a: Matrix, b: Matrix, out: Matrix, first: boolean): void {
    const finish = first ? {} : { addend: out.view };
    affineWeightGradient(this.#tiles.tape.recorder, a, b, out, finish);
  }

  /** Gradients of the gated layer's last map and of the head. */
  #recordReader(): void {
    const { tape, shape } = this.#tiles;
    const out = 'decoder.cross.gated.out.weight';
    const column = matrix(this.#sumGated.view, shape.gated, 1);
    affine(tape.recorder, column, tape.weight('head'), tape.gradient(out));
    const addend = this.#sumY.view;
    affine(tape.recorder, this.#sumGated, tape.weight(out), tape.gradient('head'), { addend });
  }
}
