/** @file Synthetic cells: filled circles with a ring and, for sequences, a gap between fill and ring. */
import type { DefaultProps } from '@deck.gl/core';
import { ScatterplotLayer, type ScatterplotLayerProps } from '@deck.gl/layers';

/** What the gap needs beside a scatter plot's own properties. */
export interface GapProps {
  /** Colour of the gap, 0–255. */
  gapColour: readonly [number, number, number];
  /** Width in pixels; 0: none. */
  gapWidth: number;
}

const gapModule = {
  name: 'gap',
  fs: `\
layout(std140) uniform gapUniforms {
  vec4 colour;
  float width;
} gap;
`,
  uniformTypes: { colour: 'vec4<f32>', width: 'f32' },
} as const;

const paintGap = `\
if (gap.width > 0.0) {
  float fillEdge = innerUnitRadius * outerRadiusPixels;
  float inGap = smoothedge(fillEdge - gap.width, distToCenter) * (1.0 - smoothedge(fillEdge, distToCenter));
  fragColor.rgb = mix(fragColor.rgb, gap.colour.rgb, inGap);
}
`;

const gapDefaults: DefaultProps<GapProps> = {
  gapColour: { type: 'array', value: [255, 255, 255] },
  gapWidth: { type: 'number', min: 0, value: 0 },
};

/** What the shader of a layer was told last; a layer's state outlives its instances. */
const toldGaps = new WeakMap<object, { model: unknown; colour: unknown; width: number }>();

/** A scatter plot whose points carry a ring and a gap inside it. */
export class RingedLayer extends ScatterplotLayer<unknown, GapProps> {
  static override layerName = 'RingedLayer';
  static override defaultProps: DefaultProps<ScatterplotLayerProps & GapProps> = gapDefaults;

  override getShaders(): object {
    const shaders = super.getShaders() as { readonly modules: readonly object[] };
    return {
      ...shaders,
      modules: [...shaders.modules, gapModule],
      inject: { 'fs:#main-end': paintGap },
    };
  }

  /** The gap is told to the shader when it changes, not with every frame. */
  override draw(options: { uniforms: unknown }): void {
    const { gapColour, gapWidth } = this.props;
    const { model } = this.state;
    const told = toldGaps.get(this.state);
    if (model && (told?.model !== model || told.colour !== gapColour || told.width !== gapWidth)) {
      const [red, green, blue] = gapColour;
      const gap = { colour: [red / 255, green / 255, blue / 255, 1], width: gapWidth };
      model.shaderInputs.setProps({ gap });
      toldGaps.set(this.state, { model, colour: gapColour, width: gapWidth });
    }
    super.draw(options);
  }
}
