/** @file Where the counts lie while a model trains: in memory or on disk, chosen by their size or by a person. */
import { useMemo } from 'react';
import { setTrainSettings } from '../../state/actions/index.ts';
import { formatNumber } from '../../state/format.ts';
import { get, useStudio } from '../../state/store.ts';
import { placeText, placeWords, trainPlace, type PlaceChoice } from '../../state/train-place.ts';
import { Choice, type ChoiceEntry } from '../controls/Choice.tsx';

/** The section of the Model panel; nothing before a file's counts are read. */
export function CountsPlace() {
  const data = useStudio((state) => state.data);
  const choices = useStudio((state) => state.choices);
  const settings = useStudio(({ model }) => model.settings);
  const place = useMemo(
    () => trainPlace({ data, choices, model: { ...get().model, settings } }),
    [data, choices, settings],
  );
  if (data.status !== 'ready') return null;
  const { geneCount, fileGenes } = data;
  const entries: ChoiceEntry[] = [
    { value: 'auto', label: 'By their size' },
    { value: 'memory', label: 'In memory' },
    { value: 'disk', label: 'On disk' },
  ];
  if (fileGenes > geneCount) {
    const label = `On disk, all ${formatNumber(fileGenes)} genes of the file`;
    entries.push({ value: 'disk-all-genes', label });
  }
  const known = entries.some(({ value }) => value === settings.place);
  return (
    <section className="block">
      <h3>
        Counts while training<span className="aside">{placeWords(place)}</span>
      </h3>
      <Choice
        label="Counts while training"
        entries={entries}
        value={known ? settings.place : 'disk'}
        onChange={(next) => setTrainSettings({ place: next as PlaceChoice })}
      />
      <p className="small after">{placeText(settings.place, place)}</p>
    </section>
  );
}
