/** @file What training makes and a model file stores: the networks and where they come from. */
import type {
  ModelInfo,
  SampleRequest,
  TrainEvent,
  TransportEvent,
  TransportRequest,
  TransportResult,
} from '../protocol/model.ts';
import type { StoredVerdict } from '../protocol/judge.ts';
import type { RunControl } from '../engine/run-control.ts';
import type { CsrMatrix } from '../numerics/csr.ts';
import { StudioError } from '../protocol/errors.ts';
import type { CfgenModel } from './cfgen/model.ts';
import type { DecodeRequest } from './decoding/draw-order.ts';
import type { SampledCells } from './flow/sample.ts';
import type { ScdfmModel } from './scdfm/model.ts';
import type { ScldmModel } from './scldm/model.ts';
import type { OpenTrainRequest } from './training/training-data.ts';

/** A model with its genes, its cells and its history. */
export interface TrainedModel {
  /** All but the size of the stored file. */
  readonly info: Omit<ModelInfo, 'bytes'>;
  readonly genes: {
    readonly names: readonly string[];
    /** Position of each gene in the source file. */
    readonly index: Int32Array;
    /** Every gene of the source file in order; null when it was not told. */
    readonly sourceNames: readonly string[] | null;
  };
  readonly cells: {
    /** Position of each cell in the source file. */
    readonly index: Int32Array;
    /** 1 for held-out cells. */
    readonly heldOut: Uint8Array;
  };
  readonly body: CfgenModel | ScldmModel | ScdfmModel;
  /** The last verdict on it; left out while there is none. */
  readonly verdict?: StoredVerdict | undefined;
}

/** What a training run is given beside its request. */
export interface TrainContext {
  readonly control: RunControl;
  /** Name of the device, for the model's history. */
  readonly device: string;
  readonly onEvent: (event: TrainEvent) => void;
  /** The model in use, from which training may go on. */
  readonly present?: TrainedModel | null;
  /** The model as it would be kept now; called from the first flow check on. */
  readonly onCheckpoint: (model: TrainedModel) => void;
  readonly onPreview: (step: number, sample: SampledCells) => void;
  /** After the device was lost: resolves when another one is ready. Error: device-lost when there is none. */
  readonly renewDevice: () => Promise<void>;
}

/** A model on the device, ready for use. */
export interface ModelRuntime {
  sample(request: SampleRequest, signal: AbortSignal | null): Promise<SampledCells>;
  /** Carries real cells to noise and back under other labels. */
  transport(
    request: TransportRequest,
    signal: AbortSignal | null,
    onEvent?: (event: TransportEvent) => void,
  ): Promise<Omit<TransportResult, 'sampleId'>>;
  /** Whitened latents of real cells, [cells, latentDim]. */
  encode(counts: CsrMatrix): Promise<Float32Array>;
  /** Expected shares of genes of whitened latents, [cells, genes]; absent where the model has no such decoder. */
  shares?(latents: Float32Array): Promise<Float32Array>;
  /** Counts over the model's genes. */
  decode(cells: DecodeRequest, signal: AbortSignal | null): Promise<CsrMatrix>;
  dispose(): void;
}

/** One kind of model: how it is trained and how it is put on the device. */
export interface ModelFamily {
  readonly id: ModelInfo['model'];
  /** For a person. */
  readonly name: string;
  /** Where it was published. */
  readonly source: string;
  train(request: OpenTrainRequest, context: TrainContext): Promise<TrainedModel>;
  start(model: TrainedModel): ModelRuntime;
}

/** The error for a model of another kind than the one that is needed. @param needed its name */
export function otherFamily(needed: string): StudioError {
  return new StudioError(
    'bad-model',
    'This model is of another kind.',
    `A model of ${needed} is needed here. Open one, or train one.`,
    { needed },
  );
}
