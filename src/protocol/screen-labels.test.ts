/** @file Labels of screens are read as their authors wrote them. */
import { describe, expect, it } from 'vitest';
import {
  isUnclear,
  keyOfMembers,
  labelOf,
  membersOf,
  proposeControl,
  proposeScreen,
  proposeSeparator,
  type ScreenColumn,
} from './screen-labels.ts';

function column(name: string, ...categories: string[]): ScreenColumn {
  return { name, categories, cells: categories.map(() => 10) };
}

describe('membersOf', () => {
  const plus = { control: 'ctrl', separator: '+' };

  it('does not mind the order, repeats or spaces', () => {
    expect(membersOf('B+A', plus)).toEqual(['A', 'B']);
    expect(membersOf('A + B', plus)).toEqual(['A', 'B']);
    expect(membersOf('A+A', plus)).toEqual(['A']);
    expect(membersOf('C+A+B', plus)).toEqual(['A', 'B', 'C']);
  });

  it('leaves control parts out, under any of their names', () => {
    expect(membersOf('ctrl', plus)).toEqual([]);
    expect(membersOf('A+ctrl', plus)).toEqual(['A']);
    expect(membersOf('ctrl+A', plus)).toEqual(['A']);
    expect(membersOf('A+Control', plus)).toEqual(['A']);
    expect(membersOf('ctrl+ctrl', plus)).toEqual([]);
    expect(membersOf('A+NT', { control: 'NT', separator: '+' })).toEqual(['A']);
    expect(membersOf('A_ctrl', { control: 'ctrl_ctrl', separator: '_' })).toEqual(['A']);
  });

  it('takes a value whole without a separator', () => {
    expect(membersOf('A+B', { control: 'NT', separator: null })).toEqual(['A+B']);
    expect(membersOf('NT', { control: 'NT', separator: null })).toEqual([]);
    expect(membersOf('stimulated', { control: 'control', separator: null })).toEqual([
      'stimulated',
    ]);
  });
});

describe('isUnclear', () => {
  const screen = { control: 'NT', separator: '+' };

  it('knows the words for what nobody knows, however they are written', () => {
    for (const label of [
      'ambiguous',
      'Unassigned',
      'not assigned',
      'MULTIPLET',
      'doublet',
      'unknown',
      'Negative',
      'NA',
      'N/A',
      'nan',
      '',
      ' ',
      '-',
      '?',
      'A+unknown',
    ])
      // prettier-ignore
      expect(isUnclear(label, screen), label).toBe(true);
  });

  it('leaves names of genes and drugs, control, and sets with control alone', () => {
    for (const label of ['NT', 'STAT1', 'A+B', 'NANOG', 'β-estradiol', 'none', '5'])
      expect(isUnclear(label, screen), label).toBe(false);
    const other = { control: 'negative', separator: '+' };
    expect(isUnclear('negative', other)).toBe(false);
    expect(isUnclear('A+negative', other)).toBe(false);
    expect(isUnclear('A+negative', screen)).toBe(true);
  });
});

describe('labelOf', () => {
  const screen = { control: 'ctrl', separator: '+' };
  const seen = ['ctrl', 'A+ctrl', 'ctrl+B', 'B+A'];

  it('says a set as the column does', () => {
    expect(labelOf([], screen, seen)).toBe('ctrl');
    expect(labelOf(['A'], screen, seen)).toBe('A+ctrl');
    expect(labelOf(['B'], screen, seen)).toBe('ctrl+B');
    expect(labelOf(['A', 'B'], screen, seen)).toBe('B+A');
  });

  it('writes an unseen set sorted', () => {
    expect(labelOf(['C', 'A'], screen, seen)).toBe('A+C');
    expect(labelOf(['C', 'A'], { control: 'NT', separator: null }, [])).toBe('A+C');
    expect(labelOf(['C', 'A', 'C'], { control: 'NT', separator: '_' }, [])).toBe('A_C');
  });

  it('goes back to the same members', () => {
    for (const label of seen) {
      const members = membersOf(label, screen);
      expect(keyOfMembers(membersOf(labelOf(members, screen, seen), screen))).toBe(
        keyOfMembers(members),
      );
    }
    expect(keyOfMembers(['A', 'B'])).toBe(keyOfMembers(['B', 'A']));
    expect(keyOfMembers(['A,B'])).not.toBe(keyOfMembers(['A', 'B']));
  });
});

describe('proposeSeparator', () => {
  it('believes a plus with a part known elsewhere', () => {
    expect(proposeSeparator(['ctrl', 'A+ctrl', 'B+ctrl', 'A+B'], 'ctrl')).toBe('+');
    expect(proposeSeparator(['control', 'CD4+ T', 'CD8+ T'], 'control')).toBeNull();
    expect(proposeSeparator(['control', 'A+B', 'C+B', 'A+C'], 'control')).toBe('+');
    expect(proposeSeparator(['control', 'A', 'B', 'C+'], 'control')).toBeNull();
  });

  it('believes a plus beside a word for control, though nothing stands elsewhere', () => {
    expect(proposeSeparator(['ctrl', 'STAT1+ctrl', 'IRF1+ctrl'], 'ctrl')).toBe('+');
    expect(proposeSeparator(['NT', 'ctrl+STAT1'], 'NT')).toBe('+');
    expect(proposeSeparator(['NT', 'CD4+ T'], 'NT')).toBeNull();
  });

  it('believes other signs only when every part is a value', () => {
    expect(proposeSeparator(['control', 'A', 'B', 'A_B'], 'control')).toBe('_');
    expect(proposeSeparator(['control', 'IFN_beta', 'IFN_gamma'], 'control')).toBeNull();
    expect(proposeSeparator(['DMSO', 'X', 'Y', 'X|Y'], 'DMSO')).toBe('|');
    expect(proposeSeparator(['control', 'stimulated'], 'control')).toBeNull();
  });
});

describe('proposeScreen', () => {
  it('finds the column and its control by name', () => {
    const found = proposeScreen([
      column('bio_rep', 'rep1', 'rep2', 'rep3'),
      column('guide', 'NTg1', 'STAT1g1', 'STAT1g2'),
      column('perturbation', 'STAT1', 'NT', 'IRF1'),
    ]);
    expect(found).toEqual({
      attribute: 'perturbation',
      control: 'NT',
      separator: null,
      context: null,
    });
  });

  it('finds the context', () => {
    expect(
      proposeScreen([
        column('cell_type', 'B', 'CD4 T'),
        column('condition', 'control', 'stimulated'),
      ]),
    ).toEqual({
      attribute: 'condition',
      control: 'control',
      separator: null,
      context: 'cell_type',
    });
    expect(
      proposeScreen([column('Treatment', 'DMSO', 'Nutlin'), column('cell.line', 'A549', 'K562')]),
    ).toMatchObject({ attribute: 'Treatment', control: 'DMSO', context: 'cell.line' });
  });

  it.each([
    ['gene', 'non-targeting'],
    ['gene_target', 'non-targeting'],
    ['stim', 'unstimulated'],
    ['drug', 'vehicle'],
    ['treatment', 'PBS'],
    ['condition', 'ctrl'],
    ['Perturbation', 'Unperturbed'],
    ['state', 'untreated'],
    ['guide_identity', 'NegCtrl0'],
  ])('%s: %s', (name, control) => {
    expect(proposeScreen([column('phase', 'G1', 'S'), column(name, 'X', control)])).toMatchObject({
      attribute: name,
      control,
    });
  });

  it('prefers a perturbation column to another that has a control', () => {
    const columns = [column('batch', 'control', 'b2'), column('perturbation', 'A', 'control')];
    expect(proposeScreen(columns)?.attribute).toBe('perturbation');
    expect(proposeScreen([...columns].reverse())?.attribute).toBe('perturbation');
  });

  it('proposes nothing without a control value', () => {
    expect(proposeScreen([])).toBeNull();
    expect(proposeScreen([column('condition', 'A', 'B')])).toBeNull();
    expect(proposeScreen([column('condition', 'control')])).toBeNull();
    expect(proposeScreen([column('doublet', 'none', 'G1')])).toBeNull();
    expect(proposeScreen([column('condition', 'none of them', 'G1')])).toBeNull();
    expect(proposeScreen([column('condition', 'none', 'IFN')])?.control).toBe('none');
    expect(proposeScreen([column('perturbation', 'ntrk1', 'wtap')])).toBeNull();
  });

  it('takes the commonest of several controls, and none without cells', () => {
    const guides = { name: 'guide', categories: ['control-1', 'control-2', 'A'], cells: [3, 9, 4] };
    expect(proposeControl(guides)).toBe('control-2');
    expect(proposeControl({ ...guides, cells: [3, 0, 4] })).toBe('control-1');
    expect(proposeControl({ ...guides, cells: [0, 0, 4] })).toBeNull();
  });
});
