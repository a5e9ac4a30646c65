/** @file Guidance curves: hit rate, distance and diversity of synthetic cells at growing weights, and the weight to use. */
import { logNormalise } from '../maps/log-counts.ts';
import { Pacer } from '../maps/pacer.ts';
import { selectRows, stackRows, type CsrMatrix } from '../numerics/csr.ts';
import { createRandom } from '../numerics/random.ts';
import type {
  CurveChoice,
  CurveFrame,
  CurvePoint,
  CurvePointRequest,
  CurveRequest,
} from '../protocol/curves.ts';
import { StudioError } from '../protocol/errors.ts';
import { intervalAround, resampledShares, resampledTables } from './bootstrap.ts';
import { floorOf } from './checks.ts';
import { fewestInClass, meanOf, pickClouds, twoClouds } from './cloud-measures.ts';
import { meanDistance, measureDistances, pickRows, type Cloud, type DistanceTable } from './distance-table.ts'; // prettier-ignore
import { splitHalves, takeSome } from './draws.ts';
import { energyDistance } from './kernel-distances.ts';
import { recognise, trainRecognisers, type Recogniser } from './recognition.ts';
import { fitSpace, projectCells, spaceGenes, type Space } from './space.ts';

const MOST_FITTED = 3000;
const FLOOR_DRAWS = 20;
const SHARE_DRAWS = 200;
const TABLE_DRAWS = 40;

/** The real cells of one combination that the space was not fitted on. */
interface RealCells {
  readonly scores: Cloud;
  readonly within: DistanceTable;
}

/** Measures points of guidance curves against the real cells of each combination. */
export class CurveMeter {
  private constructor(
    private readonly request: CurveRequest,
    private readonly space: Space,
    private readonly recognisers: readonly Recogniser[],
    private readonly real: readonly (RealCells | null)[],
    /** The combinations with their floors. */
    readonly frame: CurveFrame,
  ) {}

  /** Fits space and classifiers, and finds the floor of every combination. Errors: bad-request, cancelled. */
  static async open(request: CurveRequest, pacer = new Pacer()): Promise<CurveMeter> {
    const { training, heldOut, attributes, seed } = request;
    if (training.rows < 2 * fewestInClass || attributes.length === 0) throw tooFew();
    const halves = splitHalves(training.rows, seed);
    const fit = takeSome(createRandom(seed, 62), halves.fit, MOST_FITTED).sort();
    const space = await fitSpace(selectRows(training, fit), seed, pacer);
    const taught = await placeCounts(space, selectRows(training, fit), pacer);
    const codes = attributes.map((a) => Int32Array.from(fit, (row) => a.training[row]));
    const sizes = attributes.map(({ categories }) => categories.length);
    const recognisers = await trainRecognisers({ ...taught, codes }, sizes, seed, pacer);
    const fresh = {
      counts: stackRows(heldOut, selectRows(training, halves.draw)),
      codes: attributes.map((a) =>
        Int32Array.from([...a.heldOut, ...Array.from(halves.draw, (row) => a.training[row])]),
      ),
    };
    const placed = { ...(await placeCounts(space, fresh.counts, pacer)), codes: fresh.codes };
    const seen = recognise(recognisers, placed);
    const choices: CurveChoice[] = [];
    const real: (RealCells | null)[] = [];
    for (const wanted of request.choices) {
      const rows = rowsOf(fresh.codes, wanted, fresh.counts.rows);
      const some = takeSome(createRandom(seed, 67), rows, 2 * request.mostCells);
      const own = await realCells(pickRows(placed.scores, some), pacer);
      const cells = own ? Math.min(request.mostCells, Math.floor(some.length / 2)) : request.mostCells; // prettier-ignore
      real.push(own);
      choices.push({
        codes: wanted,
        value: wanted.map((code, a) => attributes[a].categories[code]).join(' × '),
        realCells: rows.length,
        cells,
        floor: own && floorOf(splits(own.within, cells, seed)),
        realHits: attributes.map((_, a) => shareOf(some, seen.seen[a])),
      });
    }
    return new CurveMeter(request, space, recognisers, real, { choices });
  }

  /** Measures one point. Error: cancelled. */
  async measure(request: CurvePointRequest, pacer = new Pacer()): Promise<CurvePoint> {
    const { choice, attribute, weight, synthetic } = request;
    const { codes } = this.frame.choices[choice];
    const placed = await placeCounts(this.space, synthetic, pacer);
    const asked = codes.map((code) => new Int32Array(synthetic.rows).fill(code));
    const { seen } = recognise(this.recognisers, { ...placed, codes: asked });
    const hits = seen.map((own) => meanOf(Float64Array.from(own)));
    const { seed } = this.request;
    const draws = resampledShares(seen[attribute], SHARE_DRAWS, seed);
    const interval = intervalAround(hits[attribute], draws, [0, 1]);
    const base = { choice, attribute, weight, hits, hitInterval: interval };
    const real = this.real[choice];
    if (real === null) {
      return { ...base, distance: null, distanceInterval: null, diversity: null };
    }
    const clouds = await twoClouds(real.scores, real.within, placed.scores, pacer);
    const distance = this.distance(clouds, choice);
    const labels = [new Int32Array(real.scores.rows), new Int32Array(synthetic.rows)] as const;
    const again = resampledTables(clouds, labels, TABLE_DRAWS, seed);
    const spread = (table: DistanceTable): number => (meanDistance(table) * table.rows) / (table.rows - 1); // prettier-ignore
    return {
      ...base,
      distance,
      distanceInterval: intervalAround(distance, again),
      diversity: spread(clouds.second) / spread(clouds.first),
    };
  }

  /** Mean energy against draws of as many real cells: the same sizes as in the floor, so that both can be compared. */
  private distance(clouds: Awaited<ReturnType<typeof twoClouds>>, choice: number): number {
    const { cells } = this.frame.choices[choice];
    const random = createRandom(this.request.seed, 68);
    const rows = [...Array(clouds.second.rows).keys()];
    const energies = Array.from({ length: FLOOR_DRAWS }, () => {
      const some = random.permutation(clouds.first.rows).slice(0, cells);
      return energyDistance(pickClouds(clouds, some, rows.slice(0, cells)));
    });
    return energies.reduce((a, b) => a + b, 0) / energies.length;
  }
}

function tooFew(): StudioError {
  return new StudioError(
    'bad-request',
    'Guidance curves cannot be drawn.',
    'They need at least 20 training cells and one attribute.',
  );
}

/** What the classifier and the distances need of counts. */
async function placeCounts(space: Space, counts: CsrMatrix, pacer: Pacer) {
  const log = await logNormalise(counts, pacer);
  const values = spaceGenes(space, log);
  return { counts, log, values, scores: await projectCells(space, values, pacer), codes: [] };
}

function rowsOf(codes: readonly Int32Array[], wanted: readonly number[], cells: number): number[] {
  return [...Array(cells).keys()].filter((i) => wanted.every((code, a) => codes[a][i] === code));
}

async function realCells(scores: Cloud, pacer: Pacer): Promise<RealCells | null> {
  if (scores.rows < 2 * fewestInClass) return null;
  return { scores, within: await measureDistances(scores, scores, pacer) };
}

/** Energies between two sets of `cells` real cells each. */
function splits(within: DistanceTable, cells: number, seed: number): number[] {
  const random = createRandom(seed, 69);
  const both = { first: within, second: within, between: within };
  return Array.from({ length: FLOOR_DRAWS }, () => {
    const order = random.permutation(within.rows);
    return energyDistance(pickClouds(both, order.slice(0, cells), order.slice(cells, 2 * cells)));
  });
}

function shareOf(rows: ArrayLike<number>, marks: Int8Array): number | null {
  const own = Float64Array.from(rows, (row) => marks[row]).filter((mark) => mark >= 0);
  return own.length > 0 ? meanOf(own) : null;
}
