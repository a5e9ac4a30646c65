/** @file Everything a person can do; the interface calls nothing else. */
export { answerAlert, dismissAlert } from './alerts.ts';
export { setColourBy, setGeneScale, setOwnColours } from './colour.ts';
export {
  bringBack,
  keepCategory,
  leaveOut,
  leaveUnlabelled,
  setGeneChoice,
  setMinCells,
  setMitoMax,
  setPeaksAs,
  setRange,
  setVariableBy,
  suggestLimits,
  toggleAttribute,
} from './choices.ts';
export { chooseGeneNames, choosePart, chooseSource, cutIntoRanges, readWay } from './data.ts';
export { cancelExport, exportCells, saveModel } from './export.ts';
export {
  exportCommand,
  exportedGenes,
  exportName,
  mostExportCells,
  type ExportMap,
  type ExportOptions,
} from './export-order.ts';
export { freezeFlow, playFlow, setFlowTime } from './flow.ts';
export { generate } from './generate.ts';
export {
  newSeed,
  resetGuidance,
  setCells,
  setLibrary,
  setLive,
  setSeed,
  setValue,
  setValues,
  setWeight,
} from './guidance.ts';
export {
  chooseKind,
  forgetSession,
  openDemo,
  openFile,
  openTissue,
  startStudio,
} from './session.ts';
export {
  pauseTraining,
  resumeTraining,
  setTrainSettings,
  stopTraining,
  train,
} from './training.ts';
export { showVerdictOn, stopCellCheck } from './check-cells.ts';
export { drawCurves, presentChoice, stopCurves } from './curves.ts';
export { checkModel, exportVerdict, setPaperCompat, stopCheck } from './verdict.ts';
export {
  goTo,
  openExport,
  openKeys,
  requestFit,
  setOverlay,
  setSingleKeys,
  setTheme,
  showAllCategories,
  soloCategory,
  toggleCategory,
  toggleDrawer,
  toggleLayer,
  togglePanel,
} from './view.ts';
