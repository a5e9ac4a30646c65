/** @file Guidance curves in the drawer: measured on request for the present choice, with the weight they speak for. */
import { useRef, useState } from 'react';
import type { Curves } from '../../protocol/curves.ts';
import { suggestWeight } from '../../protocol/suggest-weight.ts';
import { drawCurves, presentChoice, setWeight, stopCurves } from '../../state/actions/index.ts';
import { formatPercent } from '../../state/format.ts';
import { useStudio } from '../../state/store.ts';
import { ProgressBar } from '../controls/ProgressBar.tsx';
import { Segments } from '../controls/Segments.tsx';
import { useSize } from '../plots/use-size.ts';
import { curveKinds } from './curve-kinds.ts';
import { CurvePlot } from './CurvePlot.tsx';

/** Buttons, then one row of three plots for the chosen attribute. */
export function CurvesView() {
  const curves = useStudio(({ verdict }) => verdict.curves.curves);
  return (
    <div className="scrolls curves-view">
      <CurveTools />
      {curves && curves.points.length > 0 ? (
        <CurveRows curves={curves} />
      ) : (
        <p className="mute">
          Cells of the present choice are made at weights from 0 to 4, one attribute after the
          other, and held against real cells: are they recognised, how far are they from real cells,
          do they still differ from each other?
        </p>
      )}
    </div>
  );
}

function CurveTools() {
  const { status, doing, done, of } = useStudio(({ verdict }) => verdict.curves);
  const info = useStudio(({ model }) => model.info);
  const terms = useStudio(({ guidance }) => guidance.terms);
  if (!info) return null;
  const codes = presentChoice(info);
  const words = info.attributes.map(({ categories }, a) => categories[codes[a]]).join(' × ');
  const open = info.attributes.some(({ name }) => (terms[name]?.value ?? null) === null);
  if (status === 'running') {
    const share = of > 0 ? done / of : 0;
    return (
      <div className="row check-progress">
        <ProgressBar label="Curves" share={share} />
        <span className="small">
          {doing}, {formatPercent(share, 0)}
        </span>
        <button type="button" className="btn quiet small-btn" onClick={stopCurves}>
          Cancel
        </button>
      </div>
    );
  }
  return (
    <div className="row check-progress">
      <button type="button" className="btn small-btn" onClick={() => void drawCurves()}>
        Measure curves
      </button>
      <span className="small">
        for {words}
        {open && ', the most frequent; choose others under Guidance'}
      </span>
    </div>
  );
}

function CurveRows({ curves }: { curves: Curves }) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const [chosen, choose] = useState(curves.attributes[0]);
  const attribute = Math.max(0, curves.attributes.indexOf(chosen));
  const name = curves.attributes[attribute];
  const lines = curves.choices.map((choice, index) => ({
    choice,
    points: curves.points.filter((p) => p.choice === index && p.attribute === attribute),
  }));
  const last = lines[lines.length - 1];
  const suggestion = suggestWeight(last.choice, attribute, last.points);
  const each = width >= 620 ? Math.floor((width - 32) / 3) : width;
  return (
    <>
      <div className="row curve-head">
        {curves.attributes.length > 1 && (
          <Segments
            label="Curves of"
            options={curves.attributes.map((value) => ({ value, label: value }))}
            value={name}
            onChange={choose}
          />
        )}
        {suggestion && (
          <p className="small">
            <b>Suggested</b> for {last.choice.value}. {suggestion.says}{' '}
            <button
              type="button"
              className="link"
              onClick={() => setWeight(name, suggestion.weight)}
            >
              Use {suggestion.weight}
            </button>
          </p>
        )}
      </div>
      <div className="curve-plots" ref={box}>
        {width > 0 &&
          curveKinds(attribute).map((kind) => (
            <CurvePlot
              key={kind.title}
              kind={kind}
              lines={lines}
              width={each}
              suggested={suggestion?.weight ?? null}
            />
          ))}
      </div>
      <p className="small">
        {last.choice.floor
          ? `${last.choice.value}: ${last.choice.cells} cells in each point, ${last.choice.realCells} real cells. Grey: real cells.`
          : `${last.choice.value}: ${last.choice.realCells} real cells are too few for a distance; recognition only.`}
        {lines.length > 1 &&
          ` Thin: ${lines
            .slice(0, -1)
            .map(({ choice }) => choice.value)
            .join(', ')}.`}
      </p>
    </>
  );
}
