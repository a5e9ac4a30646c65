/** @file Training data as the models take them: counts that lie in memory or on disk look alike. */
import { memorySource, type CsrSource } from '../../numerics/csr-source.ts';
import type { CountsOnDisk, TrainingData } from '../../protocol/dataset.ts';
import type { TrainRequest } from '../../protocol/model.ts';

/** Cells to train on; counts are asked for by rows. */
export interface SourceData extends Omit<TrainingData, 'counts'> {
  readonly counts: CsrSource;
}

/** An order to train whose counts are open. */
export interface OpenTrainRequest extends Omit<TrainRequest, 'data'> {
  readonly data: SourceData;
}

/** Counts on disk, open for reading by rows until closed. */
export interface OpenCounts extends CsrSource {
  close(): void;
}

/** Opens the counts of an order, does the work, and closes them. */
export async function withOpenCounts<Result>(
  request: TrainRequest,
  open: (counts: CountsOnDisk) => Promise<OpenCounts>,
  work: (request: OpenTrainRequest) => Promise<Result>,
): Promise<Result> {
  const { counts } = request.data;
  if ('indptr' in counts) {
    return work({ ...request, data: { ...request.data, counts: memorySource(counts) } });
  }
  const opened = await open(counts);
  try {
    return await work({ ...request, data: { ...request.data, counts: opened } });
  } finally {
    opened.close();
  }
}
