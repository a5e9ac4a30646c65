/** @file Which changes are one step of undo: a drag of a slider is one, two choices made quickly after one another are two. */

/** Changes of the same thing closer together than this belong together. */
const BURST_MS = 400;

/** Names of what differs, two levels deep (`guidance/seed`, `settings/hide`); values are compared by identity. */
function changedNames(before: object, after: object): string {
  const names: string[] = [];
  const old: Readonly<Record<string, unknown>> = { ...before };
  for (const [name, value] of Object.entries(after) as readonly (readonly [string, unknown])[]) {
    const earlier = old[name];
    if (earlier === value) continue;
    if (!isObject(earlier) || !isObject(value)) names.push(name);
    else for (const inner of differing(earlier, value)) names.push(`${name}/${inner}`);
  }
  return names.sort().join(' ');
}

function differing(before: object, after: object): readonly string[] {
  const old: Readonly<Record<string, unknown>> = { ...before };
  const now: Readonly<Record<string, unknown>> = { ...after };
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].filter(
    (name) => old[name] !== now[name],
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Decides which changes are recorded. */
export interface Bursts {
  /**
   * Whether the change from `before` to `after` begins a step of its own. It does not when the same thing changed less than 400 ms ago (a drag),
   * nor within the turn of the event loop in which a step began (one action that changes several things).
   */
  readonly begins: (before: object, after: object) => boolean;
  /** Forgets what changed last, so that the next change is a step. */
  readonly reset: () => void;
}

/** Bursts of changes by the clock of the page. */
export function createBursts(): Bursts {
  let last = -Infinity;
  let names = '';
  let sameTurn = false;
  return {
    begins: (before, after) => {
      const now = performance.now();
      const changed = changedNames(before, after);
      const joins = now - last <= BURST_MS && (sameTurn || changed === names);
      last = now;
      if (joins) return false;
      names = changed;
      sameTurn = true;
      setTimeout(() => {
        sameTurn = false;
      });
      return true;
    },
    reset: () => {
      last = -Infinity;
      names = '';
      sameTurn = false;
    },
  };
}
