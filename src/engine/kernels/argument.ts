/** @file What a kernel's arguments are: places in a device's memory and numbers. */

/** What an argument is. */
export type ArgumentKind = 'in' | 'out' | 'inout' | 'in?' | 'out?' | 'inout?' | 'int' | 'float';

/** A place in a device's memory: where it begins and how long it is, in bytes. */
export interface View {
  readonly address: number;
  readonly bytes: number;
}

/** Arguments of kernels by name, in the order in which devices take them. */
export type KernelTable = Record<string, Record<string, ArgumentKind>>;
