/** @file Test helper, a process of its own: opens and loads damaged files and prints a line for each. `fuzz-child FROM TO` */
import { createHash } from 'node:crypto';
import { isCanonicalCsr, type CsrMatrix } from '../../numerics/csr.ts';
import { StudioError } from '../../protocol/errors.ts';
import { nodeBackend } from '../h5-node.ts';
import { IoService } from '../io-service.ts';
import { damagedFile, wholeFiles, type Whole } from './damage.ts';

/** What became of one file: its error's code, "opened", or a fault, which must never be. */
async function outcomeOf(file: File, undamaged: string | null): Promise<string> {
  const io = new IoService(nodeBackend());
  try {
    const summary = await io.open(file);
    const where = summary.chosen ?? summary.counts.find((s) => s.undo ?? s.roundable)?.where;
    if (where === undefined) return 'opened, no counts';
    const loaded = await io.load(where);
    const counts = await io.counts();
    const whole = counts.values.every((value) => value > 0 && Number.isInteger(value));
    const fits = counts.rows === loaded.obsNames.length && counts.cols === loaded.varNames.length;
    if (!whole || !fits || !isCanonicalCsr(counts)) return 'FAULT: wrong counts';
    const same = undamaged === null || fingerprint(counts, loaded.obsNames, where) === undamaged;
    return same ? 'loaded' : 'loaded, other counts';
  } catch (thrown) {
    if (!(thrown instanceof StudioError)) return `FAULT: ${String(thrown).slice(0, 200)}`;
    const fault = /undefined|NaN|\[object/.test(`${thrown.title} ${thrown.message}`);
    if (thrown.code === 'internal' || fault) {
      return `FAULT: ${thrown.title} ${thrown.message} ${JSON.stringify(thrown.details).slice(0, 300)}`;
    }
    const trap = thrown.details['readerEnded'] === 1;
    return trap ? `${thrown.code}, reader ended` : thrown.code;
  } finally {
    await io.close();
  }
}

/** A text that is equal for equal counts of equal cells from the same place. */
function fingerprint(counts: CsrMatrix, names: readonly string[], where: string): string {
  const hash = createHash('sha1').update(where).update(names.join('\n'));
  for (const part of [counts.indptr, counts.indices, counts.values]) hash.update(part);
  return hash.digest('hex');
}

/** The fingerprint of each whole file that can be loaded. */
async function fingerprints(whole: readonly Whole[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { name, bytes } of whole) {
    const io = new IoService(nodeBackend());
    const summary = await io.open(new File([bytes as BlobPart], name));
    const where = summary.chosen ?? summary.counts.find((s) => s.undo ?? s.roundable)?.where;
    if (where !== undefined) {
      const { obsNames } = await io.load(where);
      found.set(name, fingerprint(await io.counts(), obsNames, where));
    }
    await io.close();
  }
  return found;
}

const [from, to] = process.argv.slice(2).map(Number);
const files = await wholeFiles();
const undamaged = await fingerprints(files);
for (let number = from; number < to; number++) {
  const { name, how, bytes } = damagedFile(await nodeBackend(), files, number);
  process.stdout.write(`begin ${number} ${name} ${how}\n`);
  const started = performance.now();
  const outcome = await outcomeOf(new File([bytes as BlobPart], name), undamaged.get(name) ?? null);
  const ms = Math.round(performance.now() - started);
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(`${JSON.stringify({ number, name, how, outcome, ms, rss })}\n`);
}
process.exit(0);
