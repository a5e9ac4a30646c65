/** @file Test helper, a process of its own: opens and loads damaged files and prints a line for each. `fuzz-child FROM TO` */
import { isCanonicalCsr } from '../../numerics/csr.ts';
import { StudioError } from '../../protocol/errors.ts';
import { nodeBackend } from '../h5-node.ts';
import { IoService } from '../io-service.ts';
import { damagedFile, wholeFiles } from './damage.ts';

/** What became of one file: its error's code, "opened", or a fault, which must never be. */
async function outcomeOf(file: File): Promise<string> {
  const io = new IoService(nodeBackend());
  try {
    const summary = await io.open(file);
    const where = summary.chosen ?? summary.counts.find((s) => s.undo ?? s.roundable)?.where;
    if (where === undefined) return 'opened, no counts';
    const loaded = await io.load(where);
    const counts = await io.counts();
    const whole = counts.values.every((value) => value > 0 && Number.isInteger(value));
    const fits = counts.rows === loaded.obsNames.length && counts.cols === loaded.varNames.length;
    return whole && fits && isCanonicalCsr(counts) ? 'loaded' : 'FAULT: wrong counts';
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

const [from, to] = process.argv.slice(2).map(Number);
const files = await wholeFiles();
for (let number = from; number < to; number++) {
  const { name, how, bytes } = damagedFile(await nodeBackend(), files, number);
  process.stdout.write(`begin ${number} ${name} ${how}\n`);
  const started = performance.now();
  const outcome = await outcomeOf(new File([bytes as BlobPart], name));
  const ms = Math.round(performance.now() - started);
  const rss = Math.round(process.memoryUsage().rss / 1e6);
  process.stdout.write(`${JSON.stringify({ number, name, how, outcome, ms, rss })}\n`);
}
process.exit(0);
