/** @file The number field: its role and name, what it passes on, and what it refuses. */
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Stepper } from './Stepper.tsx';

afterEach(cleanup);

function renderStepper() {
  const onChange = vi.fn<(value: number) => void>();
  render(<Stepper label="Number of cells" value={300} min={1} max={100_000} onChange={onChange} />);
  return { field: screen.getByRole('spinbutton', { name: 'Number of cells' }), onChange };
}

describe('Stepper', () => {
  it('passes on whole numbers in range', () => {
    const { field, onChange } = renderStepper();
    fireEvent.change(field, { target: { value: '500' } });
    expect(onChange).toHaveBeenCalledExactlyOnceWith(500);
  });

  it.each([
    ['0', 'At least 1'],
    ['100001', 'At most 100,000'],
    ['1.5', 'A whole number'],
  ])('refuses %s and says "%s"', (text, said) => {
    const { field, onChange } = renderStepper();
    fireEvent.change(field, { target: { value: text } });
    expect(onChange).not.toHaveBeenCalled();
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(screen.getByText(said)).toBeTruthy();
    fireEvent.blur(field);
    expect(field).toHaveProperty('value', '300');
  });
});
