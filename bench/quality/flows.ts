/**
 * @file Flows alone: trains the flow of a stored model again with other settings, and judges cells of it. Cheaper than whole trainings, and equal
 * autoencoders leave nothing else to differ.
 *
 * npx tsx bench/quality/flows.ts --set kang --seed 0 --model FILE.cellsmith [--flow '{"sigma":0.2,"steps":5000}'] … [--weights 1,1.3] [--samplings 2]
 * The model must be one of `main.ts` of the same set and seed. Without --flow the stored flow is judged.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RunControl } from '../../src/engine/run-control.ts';
import { Judgement } from '../../src/evaluation/judge.ts';
import type { FlowChoice } from '../../src/models/backend.ts';
import { calibrate } from '../../src/models/calibration/calibrate.ts';
import { createConfig, NOISE_WIDTHS } from '../../src/models/cfgen/config.ts';
import { type FlowRecipe } from '../../src/models/recipes.ts';
import { initialVelocity } from '../../src/models/cfgen/initial-weights.ts';
import { CfgenRuntime, velocityShape, type CfgenModel } from '../../src/models/cfgen/model.ts';
import { presentBackend } from '../../src/models/cfgen/present-backend.ts';
import { Setbacks } from '../../src/models/training/setbacks.ts';
import { trainFlow } from '../../src/models/flow/train-flow.ts';
import { withLibrary } from '../../src/models/flow/latent-states.ts';
import { readModelFile } from '../../src/models/model-file.ts';
import { modelFamilies } from '../../src/models/registry.ts';
import type { TrainedModel } from '../../src/models/trained-model.ts';
import { memorySource } from '../../src/numerics/csr-source.ts';
import { rowSums } from '../../src/numerics/csr.ts';
import { createRandom } from '../../src/numerics/random.ts';
import type { Verdict } from '../../src/protocol/judge.ts';
import { startNodeService } from '../../src/tasks/node-service.ts';
import { readSplit, sets, type SplitCells } from './data.ts';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'kang' },
    seed: { type: 'string', default: '0' },
    model: { type: 'string' },
    flow: { type: 'string', multiple: true, default: [] },
    weights: { type: 'string', default: '1' },
    samplings: { type: 'string', default: '2' },
  },
});
if (values.model === undefined) throw new Error('--model FILE is missing.');
const seed = Number(values.seed);
await startNodeService('cpu');
const split = await readSplit(sets[values.set], seed);
const stored = readModelFile(new Uint8Array(readFileSync(values.model)));
if (stored.body.family !== 'cfgen') throw new Error('The model must be one of CFGen.');
const base = stored.body;

/** Pairs of noise and time on which averaged networks are judged: eight batches of held-out cells, always the same. */
function fixedPairs(cells: Uint32Array, batch: number, attributes: number): FlowChoice[] {
  const random = createRandom(20);
  return Array.from({ length: 8 }, (_, row) => {
    const order = random.permutation(cells.length);
    const own = Uint32Array.from({ length: batch }, (_, i) => cells[order[i % order.length]]);
    const places = random.permutation(batch);
    const first = random.uniform() / batch;
    return {
      cells: own,
      conditionOf: Uint32Array.from(own.keys()),
      times: Float64Array.from(places, (place) => first + place / batch),
      masks: new Uint32Array(batch).fill((1 << attributes) - 1),
      labelled: own,
      noise: { seed: 20, stream: 32, row },
    };
  });
}

/** Trains a flow on the stored autoencoder's latents and calibrates the decoder with it. Prints where the averaged network had its lowest held-out loss. */
async function retrain(change: Partial<FlowRecipe>): Promise<CfgenModel> {
  const { training } = split;
  const { architecture, library: learnt } = base;
  const { heldOut } = stored.cells;
  const every = Uint32Array.from(heldOut.keys());
  const [own, validation] = [0, 1].map((mark) => every.filter((i) => heldOut[i] === mark));
  const { flow } = createConfig({
    recipe: 'recommended',
    genes: architecture.genes,
    trainingCells: own.length,
    categories: architecture.categories,
    maxEpochs: null,
    flowSteps: null,
  });
  const recipe = { ...flow, ...change };
  const { libraryScale: scale = 1 } = recipe;
  const scaled = { ...learnt, scale };
  const runtime = modelFamilies.cfgen.start(stored);
  const latents = await runtime.encode(training.counts);
  runtime.dispose();
  const logs = rowSums(training.counts).map((sum) => Math.log(Math.max(1, sum)));
  const shape = velocityShape(architecture);
  const codes = training.attributes.map((a) => a.codes);
  const spec = {
    shape,
    recipe,
    initial: initialVelocity(shape, createRandom(seed, 2)),
    latents: architecture.jointLibrary ? withLibrary(latents, logs, scaled) : latents,
    codes,
  };
  const [learner, judge] = [presentBackend().learnFlow(spec), presentBackend().learnFlow(spec)];
  const pairs = fixedPairs(validation, recipe.batch, codes.length);
  let least = { loss: Infinity, step: 0 };
  const { arrays } = await trainFlow({
    learner,
    relearn: () => Promise.reject(new Error('The device was lost.')),
    recipe,
    codes,
    trainingCells: own,
    heldOutCells: validation,
    random: createRandom(seed, 8),
    control: new RunControl(),
    setbacks: new Setbacks(
      () => undefined,
      () => '',
    ),
    onStep: () => undefined,
    onCheck: async (step, _train, _heldOut, averages) => {
      judge.restart(await averages());
      let loss = 0;
      for (const pair of pairs) loss += (await judge.evaluate(pair)) / pairs.length;
      if (loss < least.loss) least = { loss, step };
    },
  });
  learner.dispose();
  judge.dispose();
  console.log(`lowest held-out loss ${least.loss.toFixed(4)} at step ${least.step}`);
  const body: CfgenModel = { ...base, library: scaled, flow: arrays };
  const started = new CfgenRuntime(body, presentBackend());
  return calibrate(body, {
    runtime: started,
    counts: memorySource(training.counts),
    codes,
    trainingCells: own,
    seed,
    breathe: () => Promise.resolve(),
    widths: NOISE_WIDTHS,
  }).finally(() => started.dispose());
}

/** The verdict on one synthetic cell for every test cell. */
async function judgeOnce(
  model: TrainedModel,
  { training, test, testCodes }: SplitCells,
  weight: number,
  sampling: number,
): Promise<Verdict> {
  const runtime = modelFamilies.cfgen.start(model);
  const { attributes } = training;
  const own = 50_000 + seed + 1000 * sampling;
  const cells = await runtime.sample(
    {
      cells: test.rows,
      seed: own,
      guidance: attributes.map(({ name }) => ({ attribute: name, value: null, weight })),
      library: { mode: 'chosen' },
      solver: { method: 'rk4', steps: 20 },
      frames: 0,
      codes: Object.fromEntries(attributes.map(({ name }, a) => [name, testCodes[a]])),
    },
    null,
  );
  const synthetic = await runtime.decode({ ...cells, seed: own, first: 0 }, null);
  runtime.dispose();
  const request = {
    key: '',
    heldOut: test,
    training: training.counts,
    synthetic,
    attributes: attributes.map(({ name, categories, codes }, a) => ({
      name,
      categories,
      heldOut: testCodes[a],
      training: codes,
      synthetic: testCodes[a],
    })),
    seed: 1,
    mostCells: 3000,
    mostTransport: 3000,
    stoppedEarly: false,
  };
  return new Judgement(request, () => undefined, null).run();
}

/** Means over verdicts of what the goals are about. */
function wordsOf(verdicts: readonly Verdict[]): string {
  const mean = (value: (verdict: Verdict) => number | null | undefined): string =>
    (verdicts.reduce((sum, own) => sum + (value(own) ?? Number.NaN), 0) / verdicts.length).toFixed(3); // prettier-ignore
  return [
    `1-NN ${mean(({ measures }) => measures.toldApart)}`,
    `recall ${mean(({ measures }) => measures.recall)}`,
    `coverage ${mean(({ measures }) => measures.coverage)}`,
    `zeros ${mean(({ measures }) => measures.zeros)}`,
    `classifier ${mean(({ hits }) => Object.values(hits)[0]?.synthetic)}`,
    `copies ${mean(({ measures }) => measures.copies)}`,
  ].join(', ');
}

const changes = values.flow.map((text): [string, Partial<FlowRecipe>] => [
  text,
  JSON.parse(text) as Partial<FlowRecipe>,
]);
for (const [name, change] of changes.length > 0 ? changes : [['as stored', null] as const]) {
  const body = change === null ? base : await retrain(change);
  for (const weight of values.weights.split(',').map(Number)) {
    const verdicts: Verdict[] = [];
    for (let sampling = 0; sampling < Number(values.samplings); sampling++) {
      verdicts.push(await judgeOnce({ ...stored, body }, split, weight, sampling));
    }
    console.log(`${values.set} ${seed} ${name}, weight ${weight}: ${wordsOf(verdicts)}`);
  }
}
process.exit(0);
