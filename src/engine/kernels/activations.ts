/** @file The functions of the kernel `activate`, by their numbers. */

/** What `kind` stands for. geluTanh is the approximation with tanh; leakyRelu has slope 0.01 below 0; elu has α = 1. */
export const ACTIVATIONS = {
  geluErf: 0,
  geluTanh: 1,
  elu: 2,
  relu: 3,
  leakyRelu: 4,
  sigmoid: 5,
  tanh: 6,
  softplus: 7,
} as const;

/** Name of a function of `activate`. */
export type Activation = keyof typeof ACTIVATIONS;
