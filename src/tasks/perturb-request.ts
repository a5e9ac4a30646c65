/** @file A question about perturbations as the request for cells that a model of a screen understands. */
import { StudioError } from '../protocol/errors.ts';
import type { ModelInfo, SampleRequest, SolverSettings } from '../protocol/model.ts';
import { didYouMean } from '../protocol/nearest-word.ts';
import type { PerturbRequest, ScreenInfo } from '../protocol/perturb.ts';
import { labelOf, membersOf } from '../protocol/screen-labels.ts';

/** How predicted cells are carried through the flow. */
const predictSolver: SolverSettings = { method: 'heun', steps: 10 };

/** The screen of a model. Error: bad-model, when it has none. */
export function requireScreen({ screen }: Pick<ModelInfo, 'screen'>): ScreenInfo {
  if (screen !== undefined) return screen;
  throw new StudioError(
    'bad-model',
    'This model knows no perturbation screen.',
    'Train scDFM on a file whose cells were perturbed, or open such a model.',
  );
}

/** The word that stands for the column of perturbations, whatever that is called. */
const ANY_COLUMN = 'gene';

/**
 * The set that a text asks for: `A+B` in any order, as the column writes its sets or with `+`; the control value or nothing is the empty set.
 * The column's name, or `gene`, may stand before it with an equals sign, unless a perturbation is called so.
 */
export function membersAsked(
  text: string,
  screen: Pick<ScreenInfo, 'attribute' | 'control' | 'separator' | 'members' | 'seenLabels'>,
): readonly string[] {
  const own = text.trim();
  if (own === '') return [];
  if (screen.seenLabels.includes(own)) return membersOf(own, screen);
  const { control, separator } = screen;
  const members = membersOf(own, { control, separator: separator ?? '+' });
  const prefix = [screen.attribute, ANY_COLUMN].find((name) => own.startsWith(`${name}=`));
  const isKnown = members.every((member) => screen.members.includes(member));
  if (isKnown || prefix === undefined) return members;
  return membersAsked(own.slice(prefix.length + 1), screen);
}

/** The value of the screen's context that a question fixes; null when it leaves it open, or there is no context. */
export function contextOf(
  screen: Pick<ScreenInfo, 'context'>,
  request: Pick<PerturbRequest, 'context'>,
): string | null {
  return screen.context === null ? null : (request.context[screen.context] ?? null);
}

/**
 * The request for a question's cells: the set in place of the perturbation's value, the other attributes as the question fixes them, library
 * sizes as learnt. Errors: bad-model (no screen), bad-request (a member or a value that the model does not know).
 */
export function sampleRequestOf(info: ModelInfo, request: PerturbRequest): SampleRequest {
  const screen = requireScreen(info);
  const { members, context, cells, seed, weight, weights = {}, composed } = request;
  const unknown = members.find((member) => !screen.members.includes(member));
  if (unknown !== undefined) throw unknownMember(unknown, screen);
  const label = labelOf(members, screen, screen.seenLabels);
  const guidance = info.attributes.map(({ name, categories }) => {
    if (name === screen.attribute) {
      return { attribute: name, value: categories.includes(label) ? label : null, weight };
    }
    const value = context[name] ?? null;
    if (value !== null && !categories.includes(value)) throw unknownValue(name, value, categories);
    return { attribute: name, value, weight: weights[name] ?? 1 };
  });
  const wrong = [...Object.keys(context), ...Object.keys(weights)].find(
    (name) => !info.attributes.some((a) => a.name === name),
  );
  if (wrong !== undefined) throw unknownAttribute(wrong, info);
  return {
    cells,
    seed,
    guidance,
    library: { mode: 'chosen' },
    solver: predictSolver,
    frames: 0,
    perturbation: members,
    composed: composed && members.length > 1,
  };
}

function unknownMember(member: string, { members, attribute }: ScreenInfo): StudioError {
  return new StudioError(
    'bad-request',
    `The model does not know ${attribute} ${member}.`,
    `It knows ${members.slice(0, 12).join(', ')}${members.length > 12 ? ' and more' : ''}.`,
    { attribute, value: member },
  );
}

function unknownValue(name: string, value: string, categories: readonly string[]): StudioError {
  return new StudioError(
    'bad-request',
    `The model does not know ${name} ${value}.`,
    `Its values are ${categories.slice(0, 12).join(', ')}${categories.length > 12 ? ' and more' : ''}.`,
    { attribute: name, value },
  );
}

function unknownAttribute(name: string, info: ModelInfo): StudioError {
  const known = info.attributes.map((attribute) => attribute.name);
  return new StudioError(
    'bad-attribute',
    `The model was not trained with ${name}.`,
    `Its attributes are ${known.join(', ')}.${didYouMean(name, known)}`,
    { attribute: name },
  );
}
