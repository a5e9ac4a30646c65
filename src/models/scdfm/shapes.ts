/** @file Sizes of scDFM's two velocity networks. Source: Yu et al., arXiv 2602.07103, right-sized. */

/** What both networks are told beside state and time. */
export interface ConditionShape {
  /** Tokens that sets are made of, the control token aside: fast: a seen perturbation each; pad-lite: all genes, then perturbations that are none. */
  readonly members: number;
  /** Categories of every other attribute; each table has one more row for "not shown". */
  readonly contexts: readonly number[];
}

/** Sizes of the fast velocity: a residual network on components, modulated by time, perturbations and contexts. */
export interface FastShape extends ConditionShape {
  readonly tier: 'fast';
  /** Components. */
  readonly dims: number;
  readonly width: number;
  /** Width of the condition. */
  readonly embedding: number;
  readonly blocks: number;
}

/** Sizes of PAD-lite: a token per gene, differential attention, a gene encoder that sees the gene graph. */
export interface PadShape extends ConditionShape {
  readonly tier: 'pad-lite';
  /** Modelled genes. */
  readonly dims: number;
  readonly width: number;
  readonly heads: number;
  /** Heads of the gene encoder. */
  readonly graphHeads: number;
  readonly layers: number;
  /** Hidden width of the blocks' MLP in units of `width`. */
  readonly ratio: number;
  /** Gates and the last layer begin at 0, times are seen with 64 features; else as the original. */
  readonly gentle: boolean;
  /** Genes see their neighbours in the gene graph alone, also in differential attention; the original: all genes. */
  readonly masked: boolean;
  /** What sets do to the mean of cells is added to the velocity, so that the network learns the rest; models of older recipes: it is not. */
  readonly shifted?: boolean;
}

/** Sizes of either network. */
export type VelocityShape = FastShape | PadShape;
