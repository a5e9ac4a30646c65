/** @file Lines and numbers of an axis of multiples. */

/** A line from `top` to `bottom` at each multiple, its number below; `x` gives a multiple's place in pixels. */
export function ScaleTicks({
  multiples,
  x,
  top,
  bottom,
}: {
  multiples: readonly number[];
  x: (multiple: number) => number;
  top: number;
  bottom: number;
}) {
  return multiples.map((multiple) => (
    <g key={multiple}>
      <line className="gl" x1={x(multiple)} x2={x(multiple)} y1={top} y2={bottom} />
      <text x={x(multiple)} y={bottom + 14} textAnchor="middle">
        {multiple}×
      </text>
    </g>
  ));
}
