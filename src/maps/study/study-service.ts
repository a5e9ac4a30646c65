/** @file The study worker's service: some cells' counts, and what a person asks about them. */
import { selectRows } from '../../numerics/csr.ts';
import { cancelled, StudioError } from '../../protocol/errors.ts';
import type {
  ContourLines,
  ContourRequest,
  DescribeRequest,
  GeneMoments,
  JointEvent,
  JointMap,
  MarkerRequest,
  MarkerTable,
  CellSet,
  SetExpression,
  StudyApi,
  StudyLoad,
  StudySummary,
} from '../../protocol/study.ts';
import { moved } from '../../protocol/transport.ts';
import { Pacer } from '../pacer.ts';
import { densityContours } from './contours.ts';
import { describeSets, valuesOfSets } from './describe.ts';
import { mapTogether } from './joint-map.ts';
import { findMarkers } from './markers.ts';
import { geneMoments } from './moments.ts';
import { StudyCells } from './study-cells.ts';

/** Holds one set of cells at a time. */
export class StudyService implements StudyApi {
  private study: StudyCells | null = null;
  private joining: AbortController | null = null;

  /** Replaces the cells. Errors: bad-request. */
  async load(request: StudyLoad): Promise<StudySummary> {
    const { synthetic, geneIndex, syntheticRows } = request;
    const real = request.real ?? this.needStudy().real;
    const genes = 'byGene' in real ? real.byGene.rows : real.cols;
    if (('byGene' in real ? real.cells : real.rows) === 0)
      throw badRequest('There are no real cells to study.');
    if ((synthetic === null) !== (geneIndex === null) || synthetic?.cols !== geneIndex?.length)
      throw badRequest('The synthetic cells and their genes do not match.');
    if (geneIndex?.some((gene) => gene < -1 || gene >= genes))
      throw badRequest('The synthetic cells have genes that the file does not have.');
    this.joining?.abort();
    const kept = synthetic && syntheticRows ? selectRows(synthetic, syntheticRows) : synthetic;
    const study = new StudyCells(real, kept, geneIndex);
    this.study = study;
    return moved({
      realTotals: study.totals.real.slice(),
      realDetected: study.detected.real.slice(),
      syntheticTotals: study.totals.synthetic.slice(),
      syntheticDetected: study.detected.synthetic.slice(),
      sharedGenes: study.sharedGenes.length,
    });
  }

  async markers(request: MarkerRequest): Promise<MarkerTable> {
    const study = this.needStudy();
    for (const set of [request.cells, request.others]) {
      checkSet(study, set);
      if (set.rows.length === 0)
        throw badRequest('A comparison needs at least 1 cell on each side.');
    }
    return findMarkers(study, request, new Pacer());
  }

  async describe(request: DescribeRequest): Promise<readonly (readonly SetExpression[])[]> {
    const study = this.checked(request);
    return moved(await describeSets(study, request, new Pacer()));
  }

  async values(request: DescribeRequest): Promise<readonly Float32Array[]> {
    return moved(valuesOfSets(this.checked(request), request));
  }

  async moments(): Promise<GeneMoments> {
    return moved(geneMoments(this.needStudy()));
  }

  async contours(request: ContourRequest): Promise<readonly ContourLines[]> {
    if (request.positions.length !== 2 * request.codes.length)
      throw badRequest('The positions and the categories do not match.');
    return moved(densityContours(request));
  }

  async joint(seed: number, onEvent: (event: JointEvent) => void): Promise<JointMap> {
    const study = this.needStudy();
    if (!study.synthetic) throw badRequest('There are no synthetic cells to map.');
    this.joining?.abort();
    const control = new AbortController();
    this.joining = control;
    const result = await mapTogether(study, seed, new Pacer(control.signal), (event) =>
      onEvent(moved(event)),
    );
    if (control.signal.aborted) throw cancelled();
    return moved(result);
  }

  cancel(): Promise<void> {
    this.joining?.abort();
    return Promise.resolve();
  }

  private checked(request: DescribeRequest): StudyCells {
    const study = this.needStudy();
    for (const set of request.sets) checkSet(study, set);
    const all = study.allGenes.length;
    if (request.genes.length === 0 || request.genes.some((gene) => gene < 0 || gene >= all))
      throw new StudioError(
        'no-gene',
        'This gene is not in the file.',
        'Choose one of its genes; the list offers names as you type.',
      );
    return study;
  }

  private needStudy(): StudyCells {
    if (this.study) return this.study;
    throw badRequest('The cells have not been read yet. Open a file, then try again.');
  }
}

function checkSet(study: StudyCells, { kind, rows }: CellSet): void {
  const cells = study.kind(kind)?.cells ?? 0;
  if (rows.some((row) => row < 0 || row >= cells))
    throw badRequest('These cells are not among those that were read. Select them again.');
}

function badRequest(message: string): StudioError {
  return new StudioError('bad-request', 'These cells cannot be compared.', message);
}
