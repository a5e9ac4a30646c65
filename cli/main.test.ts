/** @file The commands from end to end on the embedded demo cells: exit codes, JSON, files that read back. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBackend } from '../src/data/h5-node.ts';
import { openH5ad } from '../src/data/h5ad-file.ts';
import { IoService } from '../src/data/io-service.ts';
import { csrFromDense, csrToDense } from '../src/numerics/csr.ts';
import { commandNames } from './help.ts';
import { optionsOf } from './main.ts';
import { call, type Call } from './testing/call.ts';

const folder = mkdtempSync(join(tmpdir(), 'cellsmith-cli-'));
const demo = join(import.meta.dirname, '../public/demo/blood-700.h5ad');
const model = join(folder, 'demo.cellsmith');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('wrong usage', () => {
  it.each([
    [[]],
    [['dance']],
    [['train', demo]],
    [['train', demo, '--out', join(folder, 'x.h5ad')]],
    [['train', demo, '--out', model, '-g', 'some']],
    [['train', demo, '--out', model, '--genes', 'some']],
    [['train', demo, '--out', model, '--model', 'gpt']],
    [['sample', demo, '--out', 'x']],
    [['sample', demo, '--out', 'x', '--cells', '5', '--like', demo]],
  ])('%j ends with 2', async (args) => {
    const { code, out, err } = await call(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(args[0] === 'sample' ? 'cellsmith sample MODEL' : 'cellsmith train FILE');
  });

  it('--help tells the usage of one command, with what belongs to it', async () => {
    const perturb = await call('perturb', '--help');
    expect(perturb.code).toBe(0);
    expect(perturb.out).toContain('cellsmith perturb MODEL --set A+B');
    expect(perturb.out).toContain('[--seed 0] [--device auto|cpu|webgpu]');
    expect(perturb.out).not.toMatch(/cellsmith train|CARRY/);
    expect((await call('evaluate', '--help')).out.match(/^ {2}cellsmith evaluate/gm)).toHaveLength(
      2,
    );
    expect((await call('correct', '--help')).out).toContain('CARRY: [--weights');
    expect((await call('--help')).out).toContain('cellsmith train FILE');
    expect((await call('help', 'sample')).out).toBe((await call('sample', '-h')).out);
  });

  it('--help says something of every option of every command', async () => {
    for (const name of commandNames) {
      const { out } = await call(name, '--help');
      const asked = await call(name, 'x', 'y', '--no-such-option');
      expect(asked).toMatchObject({ code: 2, out: '' });
      expect(asked.err).toContain('--no-such-option is not an option of this command.');
      expect(asked.err).toContain(`  cellsmith ${name} `);
      const options = new Set(out.match(/--[a-z-]+/g));
      for (const option of optionsOf(name)) expect(options, `${name} ${option}`).toContain(option);
    }
  });

  it('proposes what was meant', async () => {
    expect((await call('trian')).err).toContain('Did you mean train?');
    const { err } = await call('train', demo, '--out', model, '--atributes', 'phase');
    expect(err).toContain('Did you mean --attributes?');
    const column = await call('train', demo, '--out', model, '--attributes', 'bulk_label');
    expect(column.code).toBe(1);
    expect(column.err).toContain('Did you mean bulk_labels?');
  });

  it('--version prints the version', async () => {
    expect((await call('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('named errors', () => {
  it('end with 1 and one JSON document', async () => {
    const { code, out } = await call('train', join(folder, 'no.h5ad'), '--out', model, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'bad-request' } });
  });

  it('refuse a place that cannot be written, before anything is read', async () => {
    for (const out of [join(folder, 'none', 'x.cellsmith'), folder]) {
      const { code, out: text } = await call('train', 'no.h5ad', '--out', out, '--json');
      expect(code).toBe(1);
      expect(JSON.parse(text)).toMatchObject({ error: { code: 'export-failed' } });
    }
  });

  it('tell a broken model from others', async () => {
    const broken = join(folder, 'broken.cellsmith');
    writeFileSync(broken, 'no model');
    const out = join(folder, 'x.h5ad');
    const { out: text } = await call('sample', broken, '--cells', '3', '--out', out, '--json');
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'bad-model' } });
    expect(existsSync(out)).toBe(false);
  });
});

describe('train and sample', () => {
  let trained: Call;

  beforeAll(async () => {
    const attributes = ['--attributes', 'bulk_labels,phase'];
    const short = ['--epochs', '2', '--steps', '20'];
    trained = await call('train', demo, '--out', model, ...attributes, ...short, '--json');
  });

  it('writes a model and describes it', () => {
    expect(trained.code).toBe(0);
    const report = JSON.parse(trained.out) as Record<string, unknown>;
    expect(report).toMatchObject({ fileName: 'blood-700.h5ad', out: model, flowStep: 20 });
    expect(readFileSync(model).length).toBe(report['bytes']);
  });

  it('writes the same model from counts on disk, and leaves no file behind', async () => {
    const again = join(folder, 'disk.cellsmith');
    const order = ['--attributes', 'bulk_labels,phase', '--epochs', '2', '--steps', '20'];
    const disk = await call('train', demo, '--out', again, ...order, '--counts-on-disk', '--json');
    expect(readdirSync(tmpdir()).filter((name) => name.endsWith('.counts') && name.includes(`-${process.pid}-`))).toEqual([]); // prettier-ignore
    const bare = ({ out }: Call): object => {
      const report = JSON.parse(out) as Record<string, unknown>;
      return { ...report, id: null, out: null, seconds: null, trainedAt: null, bytes: null };
    };
    expect(bare(disk)).toEqual(bare(trained));
    const counts = async (from: string): Promise<number[]> => {
      const out = join(folder, 'of.h5ad');
      await call('sample', from, '--cells', '30', '--solver', 'heun:2', '--out', out, '--json');
      return Array.from((await read(out)).qc.counts);
    };
    expect(await counts(again)).toEqual(await counts(model));
  });

  it('makes one synthetic cell per cell of a file', async () => {
    const out = join(folder, 'like.h5ad');
    const like = ['--like', demo, '--solver', 'heun:2', '--weights', 'bulk_labels=1.5'];
    const { code, out: text } = await call('sample', model, ...like, '--out', out, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ out, cells: 700, genes: 765 });
    const [real, made] = [await read(demo), await read(out)];
    for (const name of ['bulk_labels', 'phase']) {
      const labels = (data: typeof real): string[] =>
        Array.from(data.categorical[name].codes, (c) => data.categorical[name].categories[c]);
      expect(labels(made)).toEqual(labels(real));
    }
    expect(made.varNames).toEqual(real.varNames);
    expect(new Set(made.categorical['origin'].codes).size).toBe(1);
    expect(made.qc.counts.every((n) => n >= 1 && Number.isInteger(n))).toBe(true);
  });

  it('fixes values, also such that hold a colon', async () => {
    const out = join(folder, 'set.h5ad');
    const set = ['--set', 'bulk_labels=CD19+ B:2', '--set', 'phase=G1', '--library', '300'];
    const order = ['--cells', '50', ...set, '--solver', 'heun:2'];
    const { code } = await call('sample', model, ...order, '--out', out);
    expect(code).toBe(0);
    const made = await read(out);
    const { categories, codes } = made.categorical['bulk_labels'];
    expect([...codes].every((c) => categories[c] === 'CD19+ B')).toBe(true);
  });

  it('encodes cells, in whatever order the file has its genes', async () => {
    const shuffled = join(folder, 'shuffled.h5ad');
    await writeRearranged(shuffled, (genes) => [...genes].reverse());
    const latents: Float32Array[] = [];
    for (const file of [demo, shuffled]) {
      const out = join(folder, 'latents.h5ad');
      const { code, out: text } = await call('encode', model, file, '--out', out, '--json');
      expect(code, text).toBe(0);
      const report = JSON.parse(text) as Record<string, unknown>;
      expect(report).toMatchObject({ cells: 700, genes: 765, missingGenes: 0, key: 'X_cellsmith' });
      const values = await readEmbedding(out, 'X_cellsmith');
      expect(values.length).toBe(700 * (report['latentDim'] as number));
      latents.push(values);
      const { categories, codes } = (await read(out)).categorical['origin'];
      expect(new Set(Array.from(codes, (code) => categories[code]))).toEqual(new Set(['real']));
    }
    const spread = Math.max(...latents[0]) - Math.min(...latents[0]);
    expect(spread).toBeGreaterThan(1);
    latents[1].forEach((value, i) => expect(Math.abs(value - latents[0][i])).toBeLessThan(1e-4));
  });

  it('does not encode cells of other genes', async () => {
    const out = join(folder, 'no.h5ad');
    const other = join(folder, 'other.h5ad');
    await writeRearranged(other, (genes) => genes.map((_, g) => `other${g}`));
    const { code, out: text } = await call('encode', model, other, '--out', out, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({ error: { code: 'no-gene' } });
    expect(existsSync(out)).toBe(false);
  });

  it('names a value that the model does not know', async () => {
    const order = ['--cells', '5', '--set', 'phase=G7', '--out', join(folder, 'no.h5ad')];
    const { code, out } = await call('sample', model, ...order, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'bad-request' } });
  });
});

async function readEmbedding(path: string, key: string): Promise<Float32Array> {
  const file = await openH5ad(await nodeBackend(), { path });
  try {
    return Float32Array.from(file.h5.numbers(`obsm/${key}`));
  } finally {
    file.h5.close();
  }
}

/** The demo's counts with its genes' columns reversed, under the names that `rename` gives to the genes as they were. */
async function writeRearranged(
  path: string,
  rename: (genes: readonly string[]) => readonly string[],
): Promise<void> {
  const io = new IoService(nodeBackend());
  const summary = await io.open({ path: demo });
  const { varNames, obsNames } = await io.load(summary.chosen ?? 'X');
  const counts = await io.counts();
  const dense = csrToDense(counts);
  const turned = dense.map((_, at) => {
    const [row, gene] = [Math.floor(at / counts.cols), at % counts.cols];
    return dense[row * counts.cols + counts.cols - 1 - gene];
  });
  const file = await io.write({
    counts: csrFromDense(counts.rows, counts.cols, turned),
    geneIndex: Int32Array.from(varNames.keys()),
    geneNames: rename(varNames),
    allGenes: false,
    obsNames,
    obs: {},
    obsm: {},
    uns: {},
    withReal: false,
  });
  await io.close();
  writeFileSync(path, file);
}

async function read(path: string) {
  const io = new IoService(nodeBackend());
  const summary = await io.open({ path });
  const data = await io.load(summary.chosen ?? 'X');
  await io.close();
  return data;
}
