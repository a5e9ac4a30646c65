/** @file On what the model runs, and that nothing leaves the page. */
import type { DeviceReport } from '../../protocol/model.ts';
import { useStudio } from '../../state/store.ts';
import { Icon } from '../controls/Icon.tsx';
import { Tip } from '../controls/Tip.tsx';

/** "GPU", "CPU, 4 threads" or "CPU, 1 thread". */
export function deviceName({ kind, threads }: DeviceReport): string {
  if (kind === 'webgpu') return 'GPU';
  return `CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
}

function deviceText(device: DeviceReport): string {
  const where = `Training and generation run on this computer: ${device.name}.`;
  return device.whyNoGpu === null ? where : `${where} ${device.whyNoGpu}`;
}

/** The chip that names the device; nothing until the self-test is done. */
export function DeviceChip() {
  const device = useStudio((state) => state.device);
  if (device === null) return null;
  const text = deviceText(device);
  return (
    <Tip text={text}>
      <button type="button" className="chip" aria-description={text}>
        <span className={`dot ${device.kind === 'webgpu' ? 'on' : 'slow'}`} />
        <span>
          {device.kind === 'webgpu' ? 'GPU' : 'CPU'}
          <span className="more">{deviceName(device).slice(3)}</span>
        </span>
      </button>
    </Tip>
  );
}

const LOCAL = 'The page works without a network. Your file is read in this tab and never sent.';

/** The chip "Local only" (an icon below 1,360 px). */
export function LocalChip() {
  return (
    <Tip text={LOCAL}>
      <button type="button" className="chip" aria-label="Local only" aria-description={LOCAL}>
        <Icon name="lock" />
        <span className="wide-only">Local only</span>
      </button>
    </Tip>
  );
}
