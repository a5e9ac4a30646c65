/** @file Puts the tensor library on the same GPU device: for the oracle of tests and benches only, never for the product. */
import * as tf from '@tensorflow/tfjs-core';

/** Makes `webgpu` the tensor library's backend on this device. Error: RangeError if it does not start. */
export async function attachTensors(gpu: GPUDevice, info: GPUAdapterInfo): Promise<void> {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  type Arguments = ConstructorParameters<typeof WebGPUBackend>;
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => {
    return new WebGPUBackend(gpu as unknown as Arguments[0], info as unknown as Arguments[1]);
  });
  // Sums of a split product depend on thread order; the packed program gives the same bits each time.
  tf.env().set('WEBGPU_MATMUL_PROGRAM_TYPE', 3);
  if (!(await tf.setBackend('webgpu'))) throw new RangeError('the tensor library did not start');
}
