/** @file The ablation over scLDM's tokens as a drawing: three small plots side by side. */

/** One row of the ablation. */
export interface TokenResult {
  readonly tokens: number;
  /** Held-out negative log likelihood, nats per cell. */
  readonly re: number;
  readonly pcc: number;
  readonly mse: number;
  readonly processorSeconds: number;
  readonly steps: number;
}

const [WIDTH, HEIGHT, LEFT, TOP, PLOT] = [690, 210, 58, 34, 120];
const COLUMN = WIDTH / 3;

const measures = [
  { key: 're', name: 'RE, nats per cell', digits: 0 },
  { key: 'pcc', name: 'PCC over cells', digits: 3 },
  { key: 'mse', name: 'MSE of log counts', digits: 4 },
] as const;

/** An SVG with one plot for each measure, tokens on a logarithmic axis. */
export function tokenPlot(results: readonly TokenResult[], title: string): string {
  const plots = measures.map(({ key, name, digits }, i) => {
    const values = results.map((row) => row[key]);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const pad = (high - low || 1) * 0.15;
    const x = (k: number): number =>
      i * COLUMN + LEFT + (k * (COLUMN - LEFT - 24)) / Math.max(1, results.length - 1);
    const y = (value: number): number =>
      TOP + PLOT * (1 - (value - low + pad) / (high - low + 2 * pad));
    const points = values.map((value, k) => `${x(k).toFixed(1)},${y(value).toFixed(1)}`);
    const marks = results.map(
      ({ tokens }, k) =>
        `<circle cx="${x(k).toFixed(1)}" cy="${y(values[k]).toFixed(1)}" r="3.5" fill="#0f6479"/>` +
        `<text x="${x(k).toFixed(1)}" y="${(y(values[k]) - 9).toFixed(1)}" text-anchor="middle" stroke="#fff" stroke-width="3" paint-order="stroke">${values[k].toFixed(digits)}</text>` +
        `<text x="${x(k).toFixed(1)}" y="${TOP + PLOT + 18}" text-anchor="middle">${tokens}</text>`,
    );
    return [
      `<text x="${i * COLUMN + LEFT - 20}" y="${TOP - 14}" font-weight="600">${name}</text>`,
      `<path d="M${i * COLUMN + LEFT - 20} ${TOP + PLOT}H${(i + 1) * COLUMN - 8}" stroke="#888" fill="none"/>`,
      `<polyline points="${points.join(' ')}" fill="none" stroke="#0f6479" stroke-width="1.5"/>`,
      ...marks,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11" fill="#222" role="img" aria-label="${title}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    ...plots,
    `<text x="${LEFT - 20}" y="${HEIGHT - 12}" fill="#555">${title}</text>`,
    '</svg>',
    '',
  ].join('\n');
}
