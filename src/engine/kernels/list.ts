/**
 * @file Every kernel a plan can call: its name and its arguments, the same for all devices.
 *
 * `in`, `out`, `inout` are places in the device's memory that the kernel reads, writes, or both; `in?`, `out?`, `inout?` may
 * be null; `int` and `float` are constants of the plan. The order decides the kernel's number on the CPU device, from 1.
 */
import type { ArgumentKind, View } from './argument.ts';
import { ATTENTION_KERNELS } from './list-attention.ts';
import { COUNT_KERNELS } from './list-counts.ts';
import { DIFFERENTIAL_KERNELS } from './list-differential.ts';
import { FEED_KERNELS } from './list-feed.ts';
import { GENE_KERNELS } from './list-genes.ts';
import { ROW_KERNELS } from './list-rows.ts';

export type { ArgumentKind, View } from './argument.ts';

/** The kernels: families in the order of their numbers, to which new ones are appended. */
export const KERNELS = {
  ...COUNT_KERNELS,
  ...ROW_KERNELS,
  ...ATTENTION_KERNELS,
  ...FEED_KERNELS,
  ...GENE_KERNELS,
  ...DIFFERENTIAL_KERNELS,
} as const;

/** Name of a kernel. */
export type KernelName = keyof typeof KERNELS;

type ArgumentValue<Kind extends ArgumentKind> = Kind extends 'int' | 'float'
  ? number
  : Kind extends `${string}?`
    ? View | null
    : View;

/** Arguments of a kernel by name; those that may be null may be left out. */
export type KernelArguments<Name extends KernelName> = {
  readonly [
    A in keyof (typeof KERNELS)[Name] as (typeof KERNELS)[Name][A] extends `${string}?` ? never : A
  ]: ArgumentValue<Extract<(typeof KERNELS)[Name][A], ArgumentKind>>;
} & {
  readonly [
    A in keyof (typeof KERNELS)[Name] as (typeof KERNELS)[Name][A] extends `${string}?` ? A : never
  ]?: ArgumentValue<Extract<(typeof KERNELS)[Name][A], ArgumentKind>>;
};

/** One argument of a recorded call, in the kernel's order. */
export interface RecordedArgument {
  readonly kind: ArgumentKind;
  readonly value: number | View | null;
}

/** One recorded call. */
export interface RecordedCall {
  readonly kernel: KernelName;
  readonly arguments: readonly RecordedArgument[];
}
