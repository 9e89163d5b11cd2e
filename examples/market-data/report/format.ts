/** Numbers as people read them; a missing one is a dash. */
import { type Html, html } from './html.ts';

const NONE = '–';
const MINUS = '\u2212';
const count = new Intl.NumberFormat('en-US');

export const integer = (value: number): string => count.format(value);

/** Fraction -> "12.3 %", with a true minus and, if asked, a plus. */
export function percent(
  fraction: number | null,
  { plus = false, digits = 1 }: { plus?: boolean; digits?: number } = {},
): string {
  if (fraction === null) return NONE;
  const size = Math.abs(fraction * 100);
  const text = size >= 1_000 ? integer(Math.round(size)) : size.toFixed(digits);
  return `${signOf(fraction, text, plus)}${text}\u202f%`;
}

export function decimal(value: number | null, digits = 2): string {
  if (value === null) return NONE;
  const text = Math.abs(value).toFixed(digits);
  return `${signOf(value, text, false)}${text}`;
}

/** Thousands separated, two decimals, up to six below 1. */
export function price(value: number): string {
  return new Intl.NumberFormat('en-US', { maximumFractionDigits: value >= 1 ? 2 : 6, minimumFractionDigits: 2 }).format(
    value,
  );
}

/** A date that may break a line nowhere. */
export const day = (date: string): Html => html`<time datetime="${date}">${date}</time>`;

function signOf(value: number, text: string, plus: boolean): string {
  if (Number(text.replaceAll(',', '')) === 0) return '';
  return value < 0 ? MINUS : plus ? '+' : '';
}
