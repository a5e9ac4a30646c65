/** @file The kernels of the set autoencoder's cross-attentions (kernels/list-genes.ts), by name. */
import type { GENE_KERNELS } from '../../kernels/list-genes.ts';
import type { GpuKernel } from '../kernel.ts';
import { countPooling } from './count-pooling.ts';
import { countPoolingGradient } from './count-pooling-gradient.ts';
import { geneLogits } from './gene-logits.ts';
import { geneLogitsGradient } from './gene-logits-gradient.ts';

/** Every one of them. */
export const GENE_GPU_KERNELS: {
  readonly [Name in keyof typeof GENE_KERNELS]: GpuKernel<Name>;
} = { countPooling, countPoolingGradient, geneLogits, geneLogitsGradient };
