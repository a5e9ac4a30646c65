/** @file Ctrl-C: the program ends at once, and what it had in hand is put away first. */

/** Exit code of a program that Ctrl-C ended. */
export const INTERRUPTED = 130;

const waiting: (() => void)[] = [];

/** From now on Ctrl-C does what was asked for last, or ends the program so that its temporary files go with it. */
export function listenForInterrupt(): void {
  process.on('SIGINT', () => {
    const act = waiting.at(-1);
    if (act) return act();
    process.stderr.write('\n');
    process.exit(INTERRUPTED);
  });
}

/** Puts an act in place of ending until the returned function is called. */
export function onInterrupt(act: () => void): () => void {
  waiting.push(act);
  return () => {
    const at = waiting.lastIndexOf(act);
    if (at >= 0) waiting.splice(at, 1);
  };
}
