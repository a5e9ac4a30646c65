/** @file What the GPU device throws: named errors with the remedy. */
import { StudioError } from '../../protocol/errors.ts';

/** The GPU stopped working while it was in use. */
export function gpuLost(cause: string): StudioError {
  return new StudioError(
    'device-lost',
    'The GPU stopped working.',
    'Another program, a driver update or a long calculation can end a GPU’s work. The last checkpoint is kept: continue from it, on the CPU if it happens again.',
    { cause },
  );
}

/** Something does not fit on the GPU. @param bytes what was asked for */
export function gpuFull(bytes: number, limit: number): StudioError {
  return new StudioError(
    'out-of-memory',
    'The GPU’s memory is too small for this.',
    'Choose a smaller batch or fewer genes, close other programs that use the GPU, or compute on the CPU.',
    { bytes, limit },
  );
}

/** The GPU refused a command; its results cannot be trusted. */
function gpuRefused(cause: string): StudioError {
  return new StudioError(
    'device-lost',
    'The GPU refused a calculation.',
    'Its results cannot be trusted any more. Continue from the last checkpoint on the CPU, and report this GPU’s name.',
    { cause },
  );
}

/** The error that stands for what the GPU reported by itself. */
export function fromReport(error: GPUError): StudioError {
  const memory = error.constructor.name === 'GPUOutOfMemoryError';
  return memory ? gpuFull(0, 0) : gpuRefused(error.message.split('\n')[0]);
}
