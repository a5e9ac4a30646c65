/**
 * @file Direct access to tensor memory on the backends that keep it in this thread (WebAssembly and plain JavaScript).
 *
 * One fused loop over that memory replaces dozens of tensor operations (likelihood, optimiser). On a GPU there is no
 * such memory; callers then use composed operations.
 */
import * as tf from '@tensorflow/tfjs-core';

/** The part of the WebAssembly backend that is used here. */
interface WasmMemory {
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array;
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

/** The part of the JavaScript backend that is used here. */
interface CpuMemory {
  readonly data: { get(id: object): { values: unknown } };
}

/** Whether tensors of the present backend can be read and written in place from this thread. */
export function hasHostMemory(): boolean {
  const name = tf.getBackend();
  return name === 'wasm' || name === 'cpu';
}

/**
 * The values of a float32 tensor as a view of its memory, without a copy; null on a GPU.
 *
 * A view dies when memory grows: allocate every tensor first, take the views afterwards, and keep none.
 */
export function hostView(tensor: tf.TensorInfo): Float32Array | null {
  const name = tf.getBackend();
  if (name === 'wasm') return (tf.backend() as unknown as WasmMemory).typedArrayFromHeap(tensor);
  if (name !== 'cpu') return null;
  const stored = (tf.backend() as unknown as CpuMemory).data.get(tensor.dataId).values;
  return stored instanceof Float32Array ? stored : null;
}

/** A new float32 tensor with unspecified values, to be filled through `hostView`. */
export function hostTensor(shape: number[]): tf.Tensor {
  if (tf.getBackend() === 'wasm') {
    const info = (tf.backend() as unknown as WasmMemory).makeOutput(shape, 'float32');
    return tf.engine().makeTensorFromTensorInfo(info);
  }
  return tf.tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape, 'float32');
}
