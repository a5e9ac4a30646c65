/** @file Types of headers.mjs, for vite.config.ts. */
export const contentSecurityPolicy: string;
export function metaPolicy(): string;
export const pageHeaders: Readonly<Record<string, string>>;
export const devHeaders: Readonly<Record<string, string>>;
