/**
 * @file The zarr codecs (numcodecs: blosc, zstd, lz4) under a policy without eval. They are compiled by Emscripten, whose glue writes the
 * text of a function for each entry point and hands it to `Function`. The texts have one form, so the functions can be made without it.
 * Source: Emscripten's embind.js, craftInvokerFunction.
 */

interface WireType {
  toWireType(destructors: unknown[] | null, value: unknown): unknown;
  fromWireType(wired: unknown): unknown;
}

type Maker = (...closed: unknown[]) => (...given: unknown[]) => unknown;

/** What the glue passes to the function it makes, by name; `argType0` … and `arg0Wired_dtor` … follow, `humanName` may be there. */
const closedNames = ['throwBindingError', 'invoker', 'fn', 'runDestructors', 'retType'];

/** The maker that a list of parameter names and a text stand for; null when the text has another form. */
export function invokerMaker(list: readonly string[]): Maker | null {
  const names = list.slice(0, -1);
  const body = list.at(-1) ?? '';
  if (!closedNames.every((name) => names.includes(name)) || !body.includes('invoker(fn'))
    return null;
  if (body.includes('thisWired')) return null;
  const returns = body.includes('var ret =');
  const collects = body.includes('var destructors');
  return (...closed) => {
    const named = new Map(names.map((name, i) => [name, closed[i]]));
    const types = names
      .filter((name) => /^argType\d+$/.test(name))
      .map((name) => named.get(name) as WireType);
    const ends = names.filter((name) => name.endsWith('_dtor'));
    const invoke = named.get('invoker') as (...values: unknown[]) => unknown;
    const runDestructors = named.get('runDestructors') as (destructors: unknown[]) => void;
    const wrong = named.get('throwBindingError') as (text: string) => never;
    return (...given) => {
      if (given.length !== types.length) {
        wrong(`The codec takes ${types.length} arguments, not ${given.length}`);
      }
      const destructors: unknown[] = [];
      const wired = types.map((type, i) =>
        type.toWireType(collects ? destructors : null, given[i]),
      );
      const result = invoke(named.get('fn'), ...wired);
      if (collects) runDestructors(destructors);
      for (const end of ends) {
        const at = Number(/\d+/.exec(end)?.[0]);
        (named.get(end) as (value: unknown) => void)(wired[at]);
      }
      return returns ? (named.get('retType') as WireType).fromWireType(result) : undefined;
    };
  };
}

let installed = false;

/** Lets the codecs run in this worker. Other uses of `Function` stay what they were. */
export function installCodecFunctions(): void {
  if (installed) return;
  installed = true;
  const stock = globalThis.Function;
  const made = (...list: string[]): unknown => invokerMaker(list) ?? stock(...list);
  const replaced = function (...list: string[]): unknown {
    return made(...list);
  };
  replaced.prototype = stock.prototype;
  globalThis.Function = replaced as unknown as FunctionConstructor;
}
