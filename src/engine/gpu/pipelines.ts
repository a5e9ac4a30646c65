/** @file Compiled shaders, each text once, and the layouts of their bindings. */
import { shaderText, type Binding, type Shader } from './shader.ts';

/** Bytes of one dispatch's parameters. */
export const PARAMETER_BYTES = 256;

const COMPUTE_STAGE = 4;

/** A compiled shader. */
export interface Pipeline {
  readonly id: number;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Compiles shaders on first use. */
export class Pipelines {
  readonly #device: GPUDevice;
  readonly #byText = new Map<string, Pipeline>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** The pipeline of a shader whose operands are bound so. */
  get(shader: Shader, bindings: readonly Binding[]): Pipeline {
    const code = shaderText(shader, bindings);
    const known = this.#byText.get(code);
    if (known !== undefined) return known;
    const layout = this.#layout(bindings);
    const { label } = shader;
    const pipeline = this.#device.createComputePipeline({
      label,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module: this.#device.createShaderModule({ label, code }), entryPoint: 'main' },
    });
    const made = { id: this.#byText.size, pipeline, layout };
    this.#byText.set(code, made);
    return made;
  }

  #layout(bindings: readonly Binding[]): GPUBindGroupLayout {
    const key = bindings.map(({ written }) => (written ? 'w' : 'r')).join('');
    const known = this.#layouts.get(key);
    if (known !== undefined) return known;
    const storage = bindings.map(({ written }, binding): GPUBindGroupLayoutEntry => ({
      binding,
      visibility: COMPUTE_STAGE,
      buffer: { type: written ? 'storage' : 'read-only-storage' },
    }));
    const uniform: GPUBindGroupLayoutEntry = {
      binding: bindings.length,
      visibility: COMPUTE_STAGE,
      buffer: { type: 'uniform', hasDynamicOffset: true },
    };
    const layout = this.#device.createBindGroupLayout({ entries: [...storage, uniform] });
    this.#layouts.set(key, layout);
    return layout;
  }
}
