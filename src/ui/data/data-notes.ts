/** @file What the Data panel points out before training: rare values, outlier cells, many genes, a slow device. */
import type { DeviceReport } from '../../protocol/model.ts';
import { formatNumber } from '../../state/format.ts';
import type { DataChoices, DataState } from '../../state/types.ts';

/** What a note's button asks for; the panel knows the actions. */
export type DataAction =
  | { readonly kind: 'leave-out' | 'keep'; readonly attribute: string; readonly category: string }
  | { readonly kind: 'limit-counts'; readonly max: number }
  | { readonly kind: 'show-genes' };

/** A note of the Data panel; `question` when it waits for an answer. */
export interface DataNote {
  readonly id: string;
  readonly tone: 'info' | 'warn';
  readonly lead: string;
  readonly text: string;
  readonly question: boolean;
  readonly actions: readonly { readonly label: string; readonly does: DataAction }[];
}

/** Below this a model can only copy a value's cells. */
const TOO_FEW = 8;
/** Up to this it will mostly copy them. */
const FEW = 30;
/** Cells above this multiple of the median counts may be doublets. */
const OUTLIER = 10;

/** All notes, most pressing first. `counts` are the total counts per cell of the open file. */
export function dataNotes(
  data: DataState,
  choices: DataChoices,
  device: DeviceReport | null,
  counts: Float32Array | null,
): DataNote[] {
  if (!data.summary) return [];
  return [
    ...rareNotes(data, choices),
    ...outlierNotes(data, choices, counts),
    ...geneNotes(data, choices),
    ...deviceNotes(data, device),
    ...data.summary.warnings.map((text, index) => fileNote(text, index)),
  ];
}

function rareNotes({ summary }: DataState, choices: DataChoices): DataNote[] {
  const rare: DataNote[] = [];
  const few: { category: string; cells: number }[] = [];
  for (const attribute of choices.attributes) {
    const column = summary?.obs.find(({ name }) => name === attribute);
    column?.categories.forEach((category, index) => {
      const cells = column.cells[index] ?? 0;
      if (cells === 0 || (choices.leftOut[attribute] ?? []).includes(category)) return;
      if (choices.kept.includes(`${attribute}/${category}`)) return;
      if (cells < TOO_FEW) rare.push(rareNote(attribute, category, cells));
      else if (cells <= FEW) few.push({ category, cells });
    });
  }
  return [...rare, ...fewNotes(few)];
}

function rareNote(attribute: string, category: string, cells: number): DataNote {
  return {
    id: `rare/${attribute}/${category}`,
    tone: 'warn',
    lead: `${category} has ${cells} ${cells === 1 ? 'cell' : 'cells'}.`,
    text: 'A model can only copy so few.',
    question: true,
    actions: [
      { label: `Leave ${category} out`, does: { kind: 'leave-out', attribute, category } },
      { label: 'Keep it', does: { kind: 'keep', attribute, category } },
    ],
  };
}

function fewNotes(few: readonly { category: string; cells: number }[]): DataNote[] {
  const [first] = few;
  if (!first) return [];
  const base = { id: 'few', tone: 'warn', question: false, actions: [] } as const;
  if (few.length === 1) {
    return [
      { ...base, lead: `${first.category} has ${first.cells} cells:`, text: 'expect copies.' },
    ];
  }
  const names = few.map(({ category, cells }) => `${category} (${cells})`).join(', ');
  return [
    { ...base, lead: `${few.length} values have 8 to 30 cells:`, text: `expect copies. ${names}.` },
  ];
}

function outlierNotes(
  data: DataState,
  choices: DataChoices,
  counts: Float32Array | null,
): DataNote[] {
  const limit = OUTLIER * data.medianCounts;
  if (counts === null || limit <= 0) return [];
  const max = choices.counts.max ?? Infinity;
  const found = counts.reduce((n, value) => n + (value > limit && value <= max ? 1 : 0), 0);
  if (found === 0) return [];
  return [
    {
      id: 'outliers',
      tone: 'warn',
      lead: `${formatNumber(found)} ${found === 1 ? 'cell has' : 'cells have'} over 10× the usual counts.`,
      text: 'They may be doublets.',
      question: false,
      actions: [
        { label: 'Leave them out', does: { kind: 'limit-counts', max: Math.floor(limit) } },
      ],
    },
  ];
}

function geneNotes({ geneCount }: DataState, { geneChoice }: DataChoices): DataNote[] {
  if (geneChoice === 'all' || geneCount <= geneChoice) return [];
  return [
    {
      id: 'genes',
      tone: 'info',
      lead: `${formatNumber(geneCount)} genes: the ${formatNumber(geneChoice)} most variable are used.`,
      text: '',
      question: false,
      actions: [{ label: 'Change', does: { kind: 'show-genes' } }],
    },
  ];
}

function deviceNotes(data: DataState, device: DeviceReport | null): DataNote[] {
  if (data.origin !== 'file' || device === null || device.whyNoGpu === null) return [];
  const threads = `${device.threads} CPU ${device.threads === 1 ? 'thread' : 'threads'}`;
  return [
    {
      id: 'device',
      tone: 'warn',
      lead: `No GPU: running on ${threads}.`,
      text: device.whyNoGpu,
      question: false,
      actions: [],
    },
  ];
}

function fileNote(text: string, index: number): DataNote {
  const [lead = text, ...rest] = text.split(/(?<=\.)\s/);
  return {
    id: `file/${index}`,
    tone: 'info',
    lead,
    text: rest.join(' '),
    question: false,
    actions: [],
  };
}
