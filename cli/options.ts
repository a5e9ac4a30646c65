/** @file Reads command-line options; wrong usage is an error of its own kind. */
import { didYouMean } from '../src/protocol/nearest-word.ts';

/** The command was written wrongly; exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command accepts. */
export interface OptionRules {
  /** Names (with --) of options that take a value; they may be repeated. */
  readonly values: readonly string[];
  /** Names of switches. */
  readonly switches: readonly string[];
}

/** Positional arguments and options of one call. */
export class Options {
  readonly positional: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #switches: ReadonlySet<string>;

  constructor(
    positional: readonly string[],
    values: ReadonlyMap<string, readonly string[]>,
    switches: ReadonlySet<string>,
  ) {
    this.positional = positional;
    this.#values = values;
    this.#switches = switches;
  }

  has(name: string): boolean {
    return this.#switches.has(name) || this.#values.has(name);
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The value of an option given at most once. */
  text(name: string): string | null {
    const values = this.all(name);
    if (values.length > 1) throw new UsageError(`${name} is given more than once.`);
    return values[0] ?? null;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === null) throw new UsageError(`${name} is missing.`);
    return value;
  }

  /** A whole number of at least `least`. */
  whole(name: string, least: number): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < least) {
      throw new UsageError(`${name} takes a whole number of at least ${least}, not "${text}".`);
    }
    return value;
  }

  /** The one positional argument. */
  single(what: string): string {
    if (this.positional.length !== 1) throw new UsageError(`One ${what} is needed.`);
    return this.positional[0];
  }
}

/** Splits arguments by the rules. `--name value` and `--name=value` mean the same. Throws UsageError. */
export function parseOptions(args: readonly string[], rules: OptionRules): Options {
  const positional: string[] = [];
  const values = new Map<string, string[]>();
  const switches = new Set<string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (!/^-./.test(arg)) {
      positional.push(arg);
      continue;
    }
    const equals = arg.indexOf('=');
    const name = equals < 0 ? arg : arg.slice(0, equals);
    if (rules.switches.includes(name) && equals < 0) {
      switches.add(name);
    } else if (rules.values.includes(name)) {
      const value = equals < 0 ? args[++i] : arg.slice(equals + 1);
      if (value === undefined) throw new UsageError(`${name} needs a value.`);
      values.set(name, [...(values.get(name) ?? []), value]);
    } else {
      const known = [...rules.values, ...rules.switches];
      const near = didYouMean(name, known);
      throw new UsageError(`${name} is not an option of this command.${near}`);
    }
  }
  return new Options(positional, values, switches);
}
