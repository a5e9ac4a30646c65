/** @file How long training will take, told before it starts; the constants are measured ones (docs/decisions.md). */
import type { DeviceReport } from '../protocol/model.ts';
import { formatDuration } from './format.ts';

/** Milliseconds per autoencoder step (fixed, per gene) and per flow step, on each kind of device. */
const speeds: Readonly<Record<DeviceReport['kind'], readonly [number, number, number]>> = {
  webgpu: [25, 0.002, 9],
  'wasm-threads': [8, 0.02, 7],
  wasm: [12, 0.035, 10],
};

/** Early stopping usually ends after this many autoencoder steps on small data, or epochs on large. */
const typicalSteps = 270;
const typicalEpochs = 20;
const batch = 256;

/** Seconds that training is expected to take. */
export function estimateSeconds(
  device: DeviceReport,
  cells: number,
  genes: number,
  flowSteps: number,
): number {
  const [fixed, perGene, flow] = speeds[device.kind];
  const steps = Math.max(typicalSteps, typicalEpochs * Math.floor(cells / batch));
  const autoencoder = steps * (fixed + perGene * genes);
  return (autoencoder + flowSteps * flow) / 1000;
}

/** "About 2 min 40 s on this GPU". */
export function estimateText(
  device: DeviceReport | null,
  cells: number,
  genes: number,
  flowSteps: number,
): string {
  if (!device || cells === 0) return '';
  const where =
    device.kind === 'webgpu'
      ? 'this GPU'
      : device.threads > 1
        ? `${device.threads} CPU threads`
        : '1 CPU thread';
  const seconds = estimateSeconds(device, cells, genes, flowSteps);
  const rounded = seconds < 60 ? Math.ceil(seconds / 5) * 5 : Math.ceil(seconds / 10) * 10;
  return `About ${formatDuration(rounded)} on ${where}`;
}
