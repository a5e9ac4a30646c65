/** @file Expression as a whole for each category or combination on its own, against its own floor, with the trivial methods. */
import { scaleLog } from 'd3-scale';
import type { BaselineName, GroupResult } from '../../protocol/judge.ts';
import { marked, markPath } from './baseline-marks.ts';
import { ScaleTicks } from './ScaleTicks.tsx';

const ROW = 26;
const TOP = 22;
/** Room for names and the letters of one, in a column of the drawer and on paper. */
const narrow = { names: 118, longest: 17 };
const broad = { names: 156, longest: 25 };
/** From this width on there is room for longer names. */
const BROAD = 300;
/** From these lengths of the axis on there is room for all ticks, and for another than the floor and its multiple by 4. */
const LONG_AXIS = 120;
const SHORT_AXIS = 96;

/** Ends of the axis, in multiples of each group's own floor; everything beyond sits there. It is a log scale, as that of all checks. */
const least = 0.5;
const ends = [4, 10] as const;

/** The end at which all that is drawn has room. */
function endOf(groups: readonly GroupResult[]): number {
  const drawn = groups.flatMap(({ measures, floor, baselines }) => {
    const unit = floor.energy?.mean ?? 1;
    const all = [measures.energy, ...marked.map((name) => baselines[name]?.energy)];
    return all.map((energy) => (energy ?? 0) / unit);
  });
  return drawn.every((multiple) => multiple <= ends[0]) ? ends[0] : ends[1];
}

function ticksOf(most: number, length: number): readonly number[] {
  if (most === ends[0]) return [1, 2, 4];
  if (length > LONG_AXIS) return [1, 2, 4, 8];
  return length > SHORT_AXIS ? [1, 4, 8] : [1, 4];
}

/** The groups of one attribute, `width` pixels wide. */
export function GroupPlot({ groups, width }: { groups: readonly GroupResult[]; width: number }) {
  const { names: left, longest } = width < BROAD ? narrow : broad;
  const right = width - 44;
  const most = endOf(groups);
  const scale = scaleLog([least, most], [left + 5, right - 5]).clamp(true);
  const x = (multiple: number): number => scale(Math.max(multiple, 1e-6));
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
      <ScaleTicks multiples={ticksOf(most, right - left)} x={x} top={TOP} bottom={bottom} />
      <text className="dim" x={width} y={13} textAnchor="end">
        held-out
      </text>
      {groups.map((group, row) => (
        <GroupRow
          key={`${group.attribute} ${group.value}`}
          group={group}
          x={x}
          y={TOP + row * ROW}
          width={width}
          longest={longest}
        />
      ))}
    </svg>
  );
}

interface RowProps {
  readonly group: GroupResult;
  readonly x: (multiple: number) => number;
  readonly y: number;
  readonly width: number;
  /** Letters of a name at most. */
  readonly longest: number;
}

function GroupRow({ group, x, y, width, longest }: RowProps) {
  const { value, measures, intervals, baselines } = group;
  const energy = measures.energy ?? 0;
  const floor = group.floor.energy ?? { mean: 1, low: 1, high: 1 };
  const middle = y + ROW / 2;
  const out = energy > floor.high ? 'out' : '';
  const at = (distance: number): number => x(distance / floor.mean);
  const [low, high] = [at(floor.low), at(floor.high)];
  const name = value.length > longest ? `${value.slice(0, longest - 1)}…` : value;
  const again = intervals.energy;
  return (
    <g>
      <rect className="floor" x={low} width={high - low} y={y + 2} height={ROW - 4} />
      <path className="floorline" d={`M${low} ${y + 2}v${ROW - 4}M${high} ${y + 2}v${ROW - 4}`} />
      <text className={`lab ${out}`} x={0} y={middle + 4.5}>
        {name}
        <title>{value}</title>
      </text>
      {again && (
        <line className="whisker" x1={at(again[0])} x2={at(again[1])} y1={middle} y2={middle} />
      )}
      {marked.map((method) => (
        <Mark key={method} method={method} group={baselines} at={at} y={middle} />
      ))}
      <circle className="syn" cx={at(energy)} cy={middle} r={4.5} />
      <text x={width} y={middle + 4.5} textAnchor="end">
        {group.heldOut}
      </text>
    </g>
  );
}

function Mark(props: {
  method: (typeof marked)[number];
  group: Readonly<Partial<Record<BaselineName, { readonly energy?: number }>>>;
  at: (distance: number) => number;
  y: number;
}) {
  const { method, group, at, y } = props;
  const energy = group[method]?.energy;
  if (energy === undefined) return null;
  return <path className="base" d={markPath(method, at(energy), y)} />;
}
