/** @file Generates cells of a screen: control cells or noise are carried along the guided velocity. */
import type { SampleRequest } from '../../protocol/model.ts';
import { sampleCells, type SampledCells } from '../flow/sample.ts';
import { CarryOver } from './carry-over.ts';
import { ScreenField, type FieldParts } from './field.ts';
import { perturbationOf, planRequest } from './request.ts';

/** Cells of a request; a set without a value of its own has the code −1. */
export async function sampleScreen(
  parts: FieldParts,
  request: SampleRequest,
  signal: AbortSignal | null,
): Promise<SampledCells> {
  const { model, arrays } = parts;
  const carryOver = new CarryOver(model, arrays);
  const planned = planRequest(model, arrays, request, carryOver);
  const field = new ScreenField(parts, planned, carryOver);
  const sample = await sampleCells(planned.model, field, planned.request, signal);
  const { name, categories } = model.attributes[perturbationOf(model)];
  const codes = sample.codes[name].map((code) => (code === categories.length ? -1 : code));
  const starts = Int32Array.from(planned.controlOf, (cell) => arrays.controlCells[cell]);
  const extrapolated = sample.extrapolated || planned.carried;
  return { ...sample, extrapolated, codes: { ...sample.codes, [name]: codes }, starts };
}
