/** @file Test helper: random descriptions of AnnData files, for Python to make (scripts/interop/round_trip.py). */
import fc from 'fast-check';

/** A column and how it is stored. */
export interface ColumnSpec {
  readonly kind: string;
  readonly dtype?: string;
  readonly of?: string;
  readonly ordered?: boolean;
  readonly categories?: readonly string[] | readonly number[];
  readonly codes?: readonly number[];
  readonly values?: readonly (string | number | boolean | null)[];
}

/** A matrix and how it is stored. */
export interface MatrixSpec {
  readonly kind: 'csr' | 'csc' | 'dense';
  readonly dtype: string;
  readonly index: string;
  readonly pointer: string;
  readonly chunks: readonly [number, number] | null;
  readonly entries: readonly (readonly [number, number, number])[];
}

/** A whole file. */
export interface FileSpec {
  readonly obs_names: readonly string[];
  readonly var_names: readonly string[];
  readonly X: MatrixSpec | null;
  readonly layers: Readonly<Record<string, MatrixSpec>>;
  readonly raw: { readonly var_names: readonly string[]; readonly X: MatrixSpec } | null;
  readonly obs: Readonly<Record<string, ColumnSpec>>;
  readonly var: Readonly<Record<string, ColumnSpec>>;
  readonly obsm: Readonly<Record<string, readonly number[]>>;
  readonly compression: 'gzip' | 'lzf' | null;
}

/** Any text without NUL, which HDF5 takes as its end; `unit` covers the whole of Unicode. */
const word = fc
  .oneof(
    { weight: 3, arbitrary: fc.stringMatching(/^[A-Za-z0-9_. +-]{1,12}$/) },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 6 }) },
  )
  .filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text));

/** Names of columns and layers: paths and anndata's own names are taken; macOS leaves files that begin with "._". */
const key = word.filter(
  (text) =>
    !text.includes('/') && !/^(\._.*|\.+|_index|index|__categories|origin|modelled)$/.test(text),
);

const words = (n: number, unique: boolean): fc.Arbitrary<string[]> =>
  unique
    ? fc.uniqueArray(word, { minLength: n, maxLength: n })
    : fc.array(word, { minLength: n, maxLength: n });

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null, freq: 4 });

const rowsOf = <T>(value: fc.Arbitrary<T>, n: number): fc.Arbitrary<T[]> =>
  fc.array(value, { minLength: n, maxLength: n });

const whole = (dtype: string): fc.Arbitrary<number> => {
  const bits = Number(/\d+/.exec(dtype)?.[0] ?? 8);
  const most =
    bits === 64 ? Number.MAX_SAFE_INTEGER : 2 ** (bits - (/^u/i.test(dtype) ? 0 : 1)) - 1;
  return fc.maxSafeInteger().map((v) => {
    const folded = Math.abs(v) % (most + (most < Number.MAX_SAFE_INTEGER ? 1 : 0));
    return v < 0 && !/^u/i.test(dtype) ? -folded || 0 : folded;
  });
};

const wholeTypes = ['int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'];

function column(n: number): fc.Arbitrary<ColumnSpec> {
  const categorical = fc
    .uniqueArray(word, { minLength: n > 0 ? 1 : 0, maxLength: 6 })
    .chain((categories) =>
      fc.record({
        kind: fc.constant('categorical'),
        categories: fc.constant(categories),
        ordered: fc.boolean(),
        codes: rowsOf(fc.integer({ min: -1, max: categories.length - 1 }), n),
      }),
    );
  const numbered = fc
    .uniqueArray(fc.integer({ min: -9, max: 99 }), { minLength: 1, maxLength: 5 })
    .chain((categories) =>
      fc.record({
        kind: fc.constant('categorical'),
        of: fc.constant('int64'),
        categories: fc.constant(categories),
        ordered: fc.boolean(),
        codes: rowsOf(fc.integer({ min: -1, max: categories.length - 1 }), n),
      }),
    );
  const plain = fc.constantFrom(...wholeTypes).chain((dtype) =>
    fc.record({
      kind: fc.constant('int'),
      dtype: fc.constant(dtype),
      values: rowsOf(whole(dtype), n),
    }),
  );
  const nullable = fc.constantFrom('Int8', 'UInt16', 'Int32', 'Int64').chain((dtype) =>
    fc.record({
      kind: fc.constant('nullable-int'),
      dtype: fc.constant(dtype),
      values: rowsOf(maybe(whole(dtype)), n),
    }),
  );
  const real = fc.constantFrom('float32', 'float64').chain((dtype) =>
    fc.record({
      kind: fc.constant('float'),
      dtype: fc.constant(dtype),
      values: rowsOf(maybe(fc.float({ noNaN: true, noDefaultInfinity: true })), n),
    }),
  );
  const rest = [
    fc.record({ kind: fc.constant('bool'), values: rowsOf(fc.boolean(), n) }),
    fc.record({ kind: fc.constant('nullable-bool'), values: rowsOf(maybe(fc.boolean()), n) }),
    fc.record({ kind: fc.constant('string'), values: rowsOf(word, n) }),
    fc.record({ kind: fc.constant('nullable-string'), values: rowsOf(maybe(word), n) }),
  ];
  return fc.oneof(categorical, numbered, plain, nullable, real, ...rest);
}

const valuesOf = (dtype: string): fc.Arbitrary<number> =>
  dtype.startsWith('float')
    ? fc.oneof(
        fc.integer({ min: 1, max: 3000 }),
        fc.float({ min: 2 ** -10, max: 500, noNaN: true }),
      )
    : fc.integer({ min: 1, max: 120 });

/** float64 values are those of float32: the counts are kept so. */
function matrix(rows: number, cols: number): fc.Arbitrary<MatrixSpec> {
  const dtypes = ['float32', 'float64', 'int64', 'int32', 'uint16', 'uint8'];
  return fc.constantFrom(...dtypes).chain((dtype) => {
    const entry = fc.tuple(
      fc.integer({ min: 0, max: Math.max(0, rows - 1) }),
      fc.integer({ min: 0, max: Math.max(0, cols - 1) }),
      valuesOf(dtype),
    );
    return fc.record({
      kind: fc.constantFrom('csr', 'csc', 'dense'),
      dtype: fc.constant(dtype),
      index: fc.constantFrom('int32', 'int64', 'uint16', 'uint32'),
      pointer: fc.constantFrom('int32', 'int64', 'uint32'),
      chunks: fc.option(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })), {
        nil: null,
      }),
      entries: rows * cols === 0 ? fc.constant([]) : fc.array(entry, { maxLength: 40 }),
    });
  });
}

function fileOf(rows: number, cols: number): fc.Arbitrary<FileSpec> {
  const columns = (n: number) =>
    fc.dictionary(key, column(n), { maxKeys: 4, noNullPrototype: true });
  return fc.record({
    obs_names: words(rows, false),
    var_names: words(cols, true),
    X: fc.option(matrix(rows, cols), { nil: null, freq: 6 }),
    layers: fc.dictionary(key, matrix(rows, cols), { maxKeys: 2, noNullPrototype: true }),
    raw: fc.option(
      words(cols + 2, true).chain((names) =>
        fc.record({ var_names: fc.constant(names), X: matrix(rows, cols + 2) }),
      ),
      { nil: null, freq: 2 },
    ),
    obs: columns(rows),
    var: columns(cols),
    obsm: fc.dictionary(
      fc.constantFrom('X_umap', 'X_pca', 'spatial'),
      fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), {
        minLength: 2 * rows,
        maxLength: 2 * rows,
      }),
      { maxKeys: 2, noNullPrototype: true },
    ),
    compression: fc.constantFrom('gzip', 'lzf', null),
  });
}

/** A random file, now and then of an odd shape: no cells, no genes, one of either. */
export const randomFile: fc.Arbitrary<FileSpec> = fc
  .tuple(
    fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) }, fc.constant(0)),
    fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.constant(0)),
  )
  .chain(([rows, cols]) => fileOf(rows, cols));
