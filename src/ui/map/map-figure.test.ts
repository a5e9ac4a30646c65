import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { annotatePng, composeSvg, wrapWords } from '../plots/figure-file.ts';
import { figureMarkup, hexColour, type FigureMap } from './map-figure.ts';

const figure: FigureMap = {
  width: 400,
  height: 300,
  real: { xy: Float32Array.of(1, 2, 3, 4, NaN, 5), colours: Uint32Array.of(0xff0000, 0x00ff00, 0xff0000), radius: 1.4, ring: 0, opacity: 0.5 }, // prettier-ignore
  synthetic: { xy: Float32Array.of(7, 8), colours: Uint32Array.of(0x0000ff), radius: 2, ring: 0.6, opacity: 1 }, // prettier-ignore
  labels: [{ text: 'B & T <cells>', x: 10, y: 20 }],
  axes: ['UMAP 1', 'UMAP 2'],
  legendTitle: 'type',
  keys: [{ name: 'B', colour: '#ff0000', real: 1200, synthetic: 1, square: false }],
  bar: null,
  points: 'vector',
  realCells: 3,
  syntheticCells: 1,
};

describe('the figure of the map', () => {
  it('draws every placed cell as a circle, grouped by colour, synthetic ones ringed', () => {
    const markup = figureMarkup(figure);
    expect(markup.match(/<circle cx="\d+\.\d" cy/g)).toHaveLength(3);
    expect(markup).toContain('<g id="synthetic-cells" fill-opacity="1" stroke="#15181b"');
    expect(markup).toContain('B &#38; T &#60;cells&#62;');
    expect(markup).toContain('>1,200 | 1</text>');
    expect(hexColour(0xff)).toBe('#0000ff');
  });

  it('marks a colour that is used twice with a square, as the legend on the page does', () => {
    const [key] = figure.keys;
    const markup = figureMarkup({ ...figure, keys: [key, { ...key, name: 'Z', square: true }] });
    expect(markup.match(/<circle cx="\d+" cy="\d+" r="3.5" fill="#ff0000"\/>/g)).toHaveLength(1);
    expect(markup).toMatch(
      /<rect x="\d+" y="\d+" width="6" height="6" fill="#ff0000"\/><text[^>]*>Z</,
    );
  });

  it('leaves its points to what lies under it', () => {
    const markup = figureMarkup({ ...figure, points: 'under' });
    expect(markup).not.toMatch(/real-cells|synthetic-cells|<image/);
    expect(markup).toContain('UMAP 1');
    const text = { title: 't', caption: 'c', provenance: {} };
    expect(composeSvg(markup, 400, 300, text, false)).not.toContain('fill="#ffffff"/>');
    expect(composeSvg(markup, 400, 300, text)).toContain('fill="#ffffff"/>');
  });

  it('puts many cells into one picture and keeps names, axes and legend as text', () => {
    const markup = figureMarkup({ ...figure, points: { picture: 'data:image/png;base64,AA' } });
    expect(markup).toContain('<image id="cells"');
    expect(markup).not.toContain('id="real-cells"');
    for (const text of ['UMAP 1', 'synthetic, 1', 'type'])
      expect(markup).toContain(`>${text}</text>`);
  });

  it('says in caption, description and metadata what it shows', () => {
    const text = {
      title: 'A "map"',
      caption: 'One. Two synthetic cells.',
      provenance: { seed: 7 },
    };
    const svg = composeSvg('<g/>', 400, 300, text);
    expect(svg).toContain('<title>A &#34;map&#34;</title>');
    expect(svg).toContain('<desc>One. Two synthetic cells.</desc>');
    expect(svg).toContain('<metadata>{&#34;seed&#34;:7}</metadata>');
    expect(svg).toMatch(/<text x="4" y="\d+">One. Two synthetic cells.<\/text>/);
    expect(wrapWords('aa bb cc', 5)).toEqual(['aa bb', 'cc']);
    expect(wrapWords('', 5)).toEqual([]);
  });
});

/** A PNG of one grey pixel, made with zlib. */
function onePixel(): Uint8Array {
  const part = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), content]);
    const out = Buffer.alloc(content.length + 12);
    out.writeUInt32BE(content.length);
    body.copy(out, 4);
    out.writeUInt32BE(crc32(body), content.length + 8);
    return out;
  };
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), part('IHDR', header), part('IDAT', deflateSync(Buffer.from([0, 128]))), part('IEND', Buffer.alloc(0))]); // prettier-ignore
}

describe('a printed picture', () => {
  it('carries its resolution and its words in chunks with right checksums', () => {
    const png = Buffer.from(annotatePng(onePixel(), 300, { Title: 'Zellen µ', Source: '{}' }));
    const found: Record<string, Buffer> = {};
    for (let at = 8; at < png.length;) {
      const length = png.readUInt32BE(at);
      const body = png.subarray(at + 4, at + 8 + length);
      expect(png.readUInt32BE(at + 8 + length)).toBe(crc32(body));
      found[body.subarray(0, 4).toString() + (body[0] === 105 ? body.subarray(4, 9).toString() : '')] = body.subarray(4); // prettier-ignore
      at += length + 12;
    }
    // 300 dots per inch are 11,811 per metre
    expect(found['pHYs'].readUInt32BE(0)).toBe(11_811);
    expect(found['pHYs'][8]).toBe(1);
    expect(found['iTXtTitle'].toString('utf8')).toContain('Zellen µ');
    expect(Object.keys(found)).toEqual(['IHDR', 'pHYs', 'iTXtTitle', 'iTXtSourc', 'IDAT', 'IEND']);
    expect(() => annotatePng(new Uint8Array(40), 300, {})).toThrow('not a PNG');
  });
});
