/** @file Test helper: the original's small model with its tokens in the order of ours: some modelled genes, all others, control. */
import type { Fixture } from '../../../../numerics/testing/fixture.ts';
import type { PadShape } from '../../shapes.ts';
import type { SeenTokens } from '../gene-encoder.ts';

/** Tokens of the original's model, its special ones among them, and the number of the control token. */
export const VOCABULARY = 27;
export const CONTROL = 3;

/** Sizes of the original's small model. */
export const ORIGINAL_SHAPE: PadShape = {
  tier: 'pad-lite',
  dims: 13,
  width: 24,
  heads: 3,
  graphHeads: 8,
  layers: 2,
  ratio: 4,
  members: VOCABULARY - 1,
  contexts: [],
  gentle: false,
  masked: false,
};

/** Tokens in our order, and what each sees. */
export interface OrderedTokens {
  /** Vocabulary number of each token. */
  readonly order: readonly number[];
  readonly seen: SeenTokens;
}

/** The order in which given vocabulary numbers come first and control last. @param model the fixture that holds the mask */
export function orderTokens(model: Fixture, own: readonly number[]): OrderedTokens {
  const others = Array.from({ length: VOCABULARY }, (_, id) => id).filter(
    (id) => !own.includes(id) && id !== CONTROL,
  );
  const order = [...own, ...others, CONTROL];
  const mask = model.values('mask');
  const seen = order.map((id) =>
    order.flatMap((other, token) => (mask[id * VOCABULARY + other] === 0 ? [token] : [])),
  );
  return { order, seen };
}
