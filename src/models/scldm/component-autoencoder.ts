/** @file A set autoencoder whose latents are those that the flow works in: as they are, or their principal components. */
import type { ComputeDevice } from '../../engine/compute-device.ts';
import type { NamedArray } from '../../engine/named-array.ts';
import type { CsrSource } from '../../numerics/csr-source.ts';
import type { DrawBlock, DrawnBlock } from '../backend.ts';
import { fromComponents, storedComponents, toComponents, type LatentComponents } from './latent-components.ts'; // prettier-ignore
import { SetAutoencoder } from './plan/runtimes.ts';
import type { AutoencoderShape } from './shapes.ts';

/** A trained autoencoder on a device, with the components that its arrays hold. */
export class ComponentAutoencoder {
  readonly #inner: SetAutoencoder;
  readonly #components: LatentComponents | null;

  /** @param tables offsets of log expression by category, per attribute [categories, genes] or null; only `draw` knows them */
  constructor(
    device: ComputeDevice,
    shape: AutoencoderShape,
    arrays: readonly NamedArray[],
    tables: readonly (Float32Array | null)[] = [],
  ) {
    this.#inner = new SetAutoencoder(device, shape, arrays, tables);
    this.#components = storedComponents(arrays);
  }

  /** Latents before whitening, [cells, dims of the flow]. */
  async encode(counts: CsrSource, breathe: () => Promise<void>): Promise<Float32Array> {
    const latents = await this.#inner.encode(counts, breathe);
    return this.#components === null ? latents : toComponents(latents, this.#components);
  }

  /** Shares of genes of at most BLOCK cells, [cells, genes]. @param latents not whitened */
  shares(latents: Float32Array): Promise<Float32Array> {
    return this.#inner.shares(this.#whole(latents));
  }

  /** Counts of at most BLOCK cells. */
  readonly draw = (block: DrawBlock): Promise<DrawnBlock> =>
    this.#inner.draw({ ...block, latents: this.#whole(block.latents) });

  dispose(): void {
    this.#inner.dispose();
  }

  #whole(latents: Float32Array): Float32Array {
    return this.#components === null ? latents : fromComponents(latents, this.#components);
  }
}
