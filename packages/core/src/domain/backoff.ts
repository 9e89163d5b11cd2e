/** Pauses for `retry`, ms: `firstMs`, then each `factor` times the one before, up to `longestMs`. Never ends. */
export function* backoff(firstMs: number, longestMs = firstMs, factor = 2): Generator<number, never> {
  for (let pause = firstMs; ; pause = Math.min(pause * factor, longestMs)) yield pause;
}
