/**
 * @file The GPU device: memory, programs and one-off calls on a WebGPU device that is given to it.
 *
 * Pipelines, bind groups and parameters are made when a program is compiled; a run encodes them into one compute pass and
 * submits once. What the GPU reports by itself (refused commands, memory, loss) is thrown at the next reading or settling.
 */
import { StudioError } from '../../protocol/errors.ts';
import type { ComputeDevice, Program } from '../compute-device.ts';
import type { KernelName, View } from '../kernels/list.ts';
import type { Recorder } from '../plan/recorder.ts';
import { prepareDispatch, type Dispatch, type DispatchLimits } from './dispatch.ts';
import { fromReport, gpuLost } from './errors.ts';
import { namedArguments, type GpuKernel, type KernelTools } from './kernel.ts';
import { GPU_KERNELS } from './kernels/index.ts';
import { GpuMemory, offsetOf, SCRATCH_BUFFER, USAGE, bufferNumber } from './memory.ts';
import type { NumberedBuffer } from './memory.ts';
import { ParameterRing } from './parameter-ring.ts';
import { PARAMETER_BYTES, Pipelines } from './pipelines.ts';
import { Readback } from './readback.ts';
import { Scratch } from './scratch.ts';
import type { Shader } from './shader.ts';
import { CommandStream } from './stream.ts';
import { fromWide, toWide } from './wide.ts';

/** Runs that may be queued when a caller settles. */
const IN_FLIGHT = 2;

const KEPT_GROUPS = 1024;

interface Encoded {
  readonly dispatch: Dispatch;
  readonly group: GPUBindGroup;
  readonly offset: number;
}

/** Memory and arithmetic of one GPU. */
export class GpuDevice implements ComputeDevice {
  readonly kind = 'webgpu';
  readonly threads = 1;
  readonly alignment = 64;
  /** What it calls itself. */
  readonly name: string;
  readonly gpu: GPUDevice;
  readonly #limits: DispatchLimits;
  readonly #memory: GpuMemory;
  readonly #pipelines: Pipelines;
  readonly #stream: CommandStream;
  readonly #ring: ParameterRing;
  readonly #readback: Readback;
  readonly #scratch: Scratch;
  readonly #groups = new Map<string, GPUBindGroup>();
  readonly #fences: Promise<undefined>[] = [];
  #failure: StudioError | null = null;

  /**
   * @param onLost called once if the device is lost, but not when it is destroyed on purpose
   * @param limits tighter ones than the device's own (tests)
   */
  constructor(
    gpu: GPUDevice,
    name = 'GPU',
    onLost: (reason: string) => void = () => undefined,
    limits: Partial<DispatchLimits> = {},
  ) {
    this.gpu = gpu;
    this.name = name;
    this.#limits = {
      bindingBytes: gpu.limits.maxStorageBufferBindingSize,
      bindings: gpu.limits.maxStorageBuffersPerShaderStage,
      groups: gpu.limits.maxComputeWorkgroupsPerDimension,
      ...limits,
    };
    this.#ring = new ParameterRing(gpu);
    this.#stream = new CommandStream(gpu, () => this.#ring.upload());
    this.#memory = new GpuMemory(gpu, () => {
      this.#stream.submit();
      this.#groups.clear();
    });
    this.#scratch = new Scratch(gpu, () => this.#groups.clear());
    this.#pipelines = new Pipelines(gpu);
    this.#readback = new Readback(gpu, this.#stream);
    gpu.addEventListener('uncapturederror', (event) => {
      event.preventDefault();
      this.#failure ??= fromReport(event.error);
    });
    void gpu.lost.then(({ message, reason }) => {
      this.#failure = gpuLost(message);
      if (reason !== 'destroyed') onLost(message);
    });
  }

  /** A quarter of what one binding reaches; the rest of the memory is the model's. */
  get dataBudget(): number {
    return Math.min(this.#limits.bindingBytes, this.gpu.limits.maxBufferSize) / 4;
  }

  get bytesInUse(): number {
    return this.#memory.bytesInUse;
  }

  allocate(count: number): View {
    const { view, used } = this.#memory.allocate(count * 4);
    if (used !== null) this.#stream.clear(used);
    return view;
  }

  allocateWide(count: number): View {
    return this.allocate(count * 2);
  }

  free(...views: readonly View[]): void {
    for (const view of views) this.#memory.free(view);
  }

  write(view: View, values: ArrayLike<number>): void {
    this.#write(view, values instanceof Float32Array ? plain(values) : Float32Array.from(values));
  }

  writeWords(view: View, values: ArrayLike<number>): void {
    const isWords = values instanceof Uint32Array || values instanceof Int32Array;
    this.#write(view, isWords ? plain(values) : toWords(values));
  }

  writeWide(view: View, values: ArrayLike<number>): void {
    this.#write(view, toWide(values));
  }

  async read(view: View): Promise<Float32Array> {
    return new Float32Array(await this.#read([view]));
  }

  async readWords(view: View): Promise<Uint32Array> {
    return new Uint32Array(await this.#read([view]));
  }

  async readWide(view: View): Promise<Float64Array> {
    return fromWide(new Float32Array(await this.#read([view])));
  }

  async readParts(views: readonly View[]): Promise<Uint32Array<ArrayBuffer>> {
    return new Uint32Array(await this.#read(views));
  }

  compile(recorder: Recorder): Program {
    const dispatches = this.#prepare(recorder);
    const parameters = this.gpu.createBuffer({
      size: Math.max(1, dispatches.length) * PARAMETER_BYTES,
      usage: USAGE.uniform | USAGE.copyTarget,
    });
    const words = new Uint32Array((dispatches.length * PARAMETER_BYTES) / 4);
    const groups = new Map<string, GPUBindGroup>();
    const encoded = dispatches.map((dispatch, i): Encoded => {
      words.set(dispatch.parameters, (i * PARAMETER_BYTES) / 4);
      const group = this.#group(groups, dispatch, parameters);
      return { dispatch, group, offset: i * PARAMETER_BYTES };
    });
    this.gpu.queue.writeBuffer(parameters, 0, words);
    return {
      run: () => {
        const pass = this.#stream.pass();
        for (const one of encoded) encode(pass, one);
        this.#stream.submit();
      },
      dispose: () => parameters.destroy(),
    };
  }

  perform(recorder: Recorder): void {
    for (const dispatch of this.#prepare(recorder)) {
      if (this.#ring.full) this.#stream.submit();
      if (this.#groups.size > KEPT_GROUPS) this.#groups.clear();
      const group = this.#group(this.#groups, dispatch, this.#ring.buffer);
      const pass = this.#stream.pass(dispatch.touched);
      encode(pass, { dispatch, group, offset: this.#ring.add(dispatch.parameters) });
    }
  }

  async settle(): Promise<void> {
    this.#stream.submit();
    // A loss is told by what is thrown below, not by the fence.
    this.#fences.push(this.gpu.queue.onSubmittedWorkDone().catch(() => undefined));
    while (this.#fences.length > IN_FLIGHT) await this.#fences.shift();
    this.#check();
  }

  dispose(): void {
    this.#memory.dispose();
    this.gpu.destroy();
  }

  /** Submits what is gathered. */
  submit(): void {
    this.#stream.submit();
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #write(view: View, values: ArrayBufferView<ArrayBuffer>): void {
    if (values.byteLength > view.bytes)
      throw new RangeError('more is written than the place holds');
    if (values.byteLength === 0) return;
    this.#stream.write(this.#memory.bufferOf(view), offsetOf(view), values);
  }

  async #read(views: readonly View[]): Promise<ArrayBuffer> {
    const stretches = views.map((view) => ({
      buffer: this.#memory.bufferOf(view).buffer,
      offset: offsetOf(view),
      bytes: view.bytes,
    }));
    const bytes = await this.#readback.read(stretches).catch((error: unknown) => {
      throw error instanceof StudioError ? error : (this.#failure ?? gpuLost(String(error)));
    });
    this.#check();
    return bytes;
  }

  #prepare({ calls }: Recorder): Dispatch[] {
    const limits = this.#limits;
    const shaders: Shader[] = [];
    let most = 0;
    for (const call of calls) {
      const room = this.#scratch.room();
      const tools: KernelTools = {
        // A page less: bindings begin at multiples of 256 bytes.
        largest: Math.max(1, Math.floor(limits.bindingBytes / 4096) - 1) * 1024,
        bindings: limits.bindings,
        scratch: room.take,
      };
      const kernel = GPU_KERNELS[call.kernel] as GpuKernel<KernelName>;
      shaders.push(...kernel(namedArguments(call), tools).filter(({ groups }) => groups > 0));
      most = Math.max(most, room.bytes);
    }
    const scratch = this.#scratch.atLeast(most);
    const bufferOf = (view: View): NumberedBuffer =>
      bufferNumber(view) === SCRATCH_BUFFER ? scratch : this.#memory.bufferOf(view);
    const tools = { limits, pipelines: this.#pipelines, bufferOf };
    return shaders.map((shader) => prepareDispatch(tools, shader));
  }

  #group(
    known: Map<string, GPUBindGroup>,
    { key, pipeline, resources }: Dispatch,
    parameters: GPUBuffer,
  ): GPUBindGroup {
    const found = known.get(key);
    if (found !== undefined) return found;
    const uniform = { buffer: parameters, offset: 0, size: PARAMETER_BYTES };
    const group = this.gpu.createBindGroup({
      layout: pipeline.layout,
      entries: [...resources, uniform].map((resource, binding) => ({ binding, resource })),
    });
    known.set(key, group);
    return group;
  }
}

function encode(pass: GPUComputePassEncoder, { dispatch, group, offset }: Encoded): void {
  pass.setPipeline(dispatch.pipeline.pipeline);
  pass.setBindGroup(0, group, [offset]);
  pass.dispatchWorkgroups(dispatch.grid[0], dispatch.grid[1]);
}

/** The same numbers in memory that is not shared, which WebGPU does not take. */
function plain<A extends Float32Array | Uint32Array | Int32Array>(
  values: A,
): ArrayBufferView<ArrayBuffer> {
  const own = values.buffer instanceof ArrayBuffer ? values : values.slice();
  return own as ArrayBufferView<ArrayBuffer>;
}

function toWords(values: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(values.length);
  words.set(values);
  return words;
}
