/** @file Expression as a whole for each category on its own, against the floor of the same category. */
import type { GroupResult } from '../../protocol/judge.ts';

const ROW = 28;
const TOP = 22;
const LONGEST = 17;

/** The groups of one attribute, `width` pixels wide; multiples of each group's own floor from 0 to 4. */
export function GroupPlot({ groups, width }: { groups: readonly GroupResult[]; width: number }) {
  const left = 118;
  const right = width - 44;
  const most = 4;
  const x = (multiple: number): number => left + ((right - left) * Math.min(multiple, most)) / most;
  const bottom = TOP + groups.length * ROW;
  return (
    <svg
      className="plot"
      width={width}
      height={bottom + 20}
      viewBox={`0 0 ${width} ${bottom + 20}`}
      role="img"
      aria-label={`Distance from real cells for each ${groups[0]?.attribute ?? 'type'}`}
    >
      {[1, 2, 4].map((tick) => (
        <g key={tick}>
          <line className="gl" x1={x(tick)} x2={x(tick)} y1={TOP} y2={bottom} />
          <text x={x(tick)} y={bottom + 14} textAnchor="middle">
            {tick}×
          </text>
        </g>
      ))}
      <text className="dim" x={width} y={13} textAnchor="end">
        held-out
      </text>
      {groups.map((group, row) => (
        <GroupRow key={group.value} group={group} x={x} y={TOP + row * ROW} width={width} />
      ))}
    </svg>
  );
}

interface RowProps {
  readonly group: GroupResult;
  readonly x: (multiple: number) => number;
  readonly y: number;
  readonly width: number;
}

function GroupRow({ group, x, y, width }: RowProps) {
  const { value, energy, floor } = group;
  const middle = y + ROW / 2;
  const out = energy > floor.high ? 'out' : '';
  const [low, high] = [x(floor.low / floor.mean), x(floor.high / floor.mean)];
  const name = value.length > LONGEST ? `${value.slice(0, LONGEST - 1)}…` : value;
  return (
    <g>
      <rect className="floor" x={low} width={high - low} y={y + 2} height={ROW - 4} />
      <path className="floorline" d={`M${low} ${y + 2}v${ROW - 4}M${high} ${y + 2}v${ROW - 4}`} />
      <text className={`lab ${out}`} x={0} y={middle + 4.5}>
        {name}
        <title>{value}</title>
      </text>
      <circle className="syn" cx={x(energy / floor.mean)} cy={middle} r={4.5} />
      <text x={width} y={middle + 4.5} textAnchor="end">
        {group.heldOut}
      </text>
    </g>
  );
}
