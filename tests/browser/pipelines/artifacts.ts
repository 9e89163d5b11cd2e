/** Bytes that stages leave behind. */

/** 4 x 4 pixels. */
export const CHART_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGNgaLaHIwbiOAAwFQ2B6j7WDAAAAABJRU5ErkJggg==',
  'base64',
);

export const REPORT_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Temperatures</title>
<style>body { font: 16px/1.5 sans-serif; margin: 2rem } td { padding: 0 1rem }</style>
<h1>Temperatures of Oslo</h1>
<table><tr><th>mean</th><td>8.25 °C</td></tr><tr><th>gaps</th><td>1</td></tr></table>
</html>
`;

/** A second of a plain colour, VP8. */
export const CLIP_WEBM = Buffer.from(
  [
    'GkXfo59ChoEBQveBAULygQRC84EIQoKEd2VibUKHgQJChYECGFOAZwEAAAAAAAJaEU2bdLpNu4tTq4QVSalmU6yBoU27i1OrhBZU',
    'rmtTrIHYTbuMU6uEElTDZ1OsggEeTbuMU6uEHFO7a1OsggJE7AEAAAAAAABZAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAVSalmsirXsYMPQkBNgI1M',
    'YXZmNTkuMjcuMTAwV0GNTGF2ZjU5LjI3LjEwMESJiECPQAAAAAAAFlSua8GuAQAAAAAAADjXgQFzxYgCeQ5FuaJT15yBACK1nIN1',
    'bmSIgQCGhVZfVlA4g4EBI+ODhAvrwgDgibCBQLqBJJqBAhJUw2f9c3OgY8CAZ8iaRaOHRU5DT0RFUkSHjUxhdmY1OS4yNy4xMDBz',
    'c9djwItjxYgCeQ5FuaJT12fIoUWjh0VOQ09ERVJEh5RMYXZjNTkuMzcuMTAwIGxpYnZweGfIokWjiERVUkFUSU9ORIeUMDA6MDA6',
    'MDEuMDAwMDAwMDAwAAAfQ7Z1QJ7ngQCjuYEAAIDQAgCdASpAACQAAEcIhYWIhYSIAgICdPJmujR5vxZ3wP740AdlAnrf/7/Vf/3+',
    'q//v9V/tCKOWgQDIANEBAAEQEAAYABhYL/QACIwAAKOWgQGQANEBAAEQEAAYABhYL/QACIwAAKOWgQJYANEBAAEQEAAYABhYL/QA',
    'CIwAAKOWgQMgANEBAAEQEAAYABhYL/QACIwAABxTu2uRu4+zgQC3iveBAfGCAaDwgQM=',
  ].join(''),
  'base64',
);

/** A moment of silence: PCM, 8 kHz, one byte a sample. */
export const TONE_WAV = wav(Buffer.alloc(800, 128));

function wav(samples: Buffer): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8_000, 24);
  head.writeUInt32LE(8_000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
