/** @file The decoder's first part on a tape: latents, normalised once more, become tokens and pass the blocks. */
import type { Matrix } from '../../../engine/plan/layers.ts';
import type { AutoencoderShape } from '../shapes.ts';
import { recordBlocks, recordLinear, recordPlainNorm, type Layer } from '../../tape/layers.ts';
import type { Tape } from '../../tape/tape.ts';

/** Tokens [cells · tokens, width] from latents [cells · tokens, channels]; scale and shift of a latent token are ignored. */
export function recordTokensOfLatents(
  tape: Tape,
  { tokens, layers, heads }: AutoencoderShape,
  cells: number,
  latents: Matrix,
): Layer {
  const norm = recordPlainNorm(tape, latents);
  const first = recordLinear(tape, 'decoder.latent', norm.out);
  const blocks = recordBlocks(tape, 'decoder', first.out, layers, { cells, tokens, heads });
  return {
    out: blocks.out,
    backward: (dOut) => norm.backward(first.backward(blocks.backward(dOut))),
  };
}
