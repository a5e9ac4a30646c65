/** @file Giving way: work on the page's thread that is done in pieces. */

/** Resolves in a task of its own, so that pictures and keys get their turn between two pieces of work. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
