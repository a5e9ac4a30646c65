/** @file The version that files and provenance carry. */

/** Cellsmith's version, the same as in package.json (a test compares them). */
export const cellsmithVersion = '0.1.0';
