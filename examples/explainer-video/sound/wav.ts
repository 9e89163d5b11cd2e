/** Mono sound of 16 bits: read, cut, joined and written without a library. */
export interface Sound {
  readonly rate: number;
  readonly samples: Int16Array;
}

/** @throws Error when it is not mono PCM of 16 bits */
export const readWav = (bytes: Buffer): Sound => {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    throw new Error('not a WAV file');
  let rate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const body = at + 8;
    if (name === 'fmt ') {
      const [format, channels, bits] = [
        bytes.readUInt16LE(body),
        bytes.readUInt16LE(body + 2),
        bytes.readUInt16LE(body + 14),
      ];
      if (format !== 1 || channels !== 1 || bits !== 16)
        throw new Error(`a WAV file of format ${format} with ${channels} channels of ${bits} bits, not mono PCM of 16`);
      rate = bytes.readUInt32LE(body + 4);
    } else if (name === 'data') {
      if (rate === 0) throw new Error('a WAV file without a format');
      // A program that writes to a pipe does not know the size.
      const end = Math.min(bytes.length, body + size);
      const samples = new Int16Array((end - body) >> 1);
      for (let place = 0; place < samples.length; place += 1) samples[place] = bytes.readInt16LE(body + place * 2);
      return { rate, samples };
    }
    at = body + size + (size & 1);
  }
  throw new Error('a WAV file without sound');
};

export const writeWav = ({ rate, samples }: Sound): Buffer => {
  const out = Buffer.alloc(44 + samples.length * 2);
  out.write('RIFF', 0, 'latin1');
  out.writeUInt32LE(36 + samples.length * 2, 4);
  out.write('WAVEfmt ', 8, 'latin1');
  out.writeUInt32LE(16, 16);
  out.writeUInt16LE(1, 20);
  out.writeUInt16LE(1, 22);
  out.writeUInt32LE(rate, 24);
  out.writeUInt32LE(rate * 2, 28);
  out.writeUInt16LE(2, 32);
  out.writeUInt16LE(16, 34);
  out.write('data', 36, 'latin1');
  out.writeUInt32LE(samples.length * 2, 40);
  for (const [at, sample] of samples.entries()) out.writeInt16LE(sample, 44 + at * 2);
  return out;
};

export const secondsOf = ({ rate, samples }: Sound): number => samples.length / rate;

export const silence = (rate: number, seconds: number): Sound => ({
  rate,
  samples: new Int16Array(Math.max(0, Math.round(seconds * rate))),
});

/** Quieter than this at either end counts as silence. */
const AUDIBLE = 200;

/** Without the silence before and after, so that the time it takes is the time that it is heard. */
export const trimmed = ({ rate, samples }: Sound): Sound => {
  let [start, end] = [0, samples.length];
  while (start < end && Math.abs(samples[start]!) < AUDIBLE) start += 1;
  while (end > start && Math.abs(samples[end - 1]!) < AUDIBLE) end -= 1;
  return { rate, samples: samples.subarray(start, end) };
};

export const joined = (rate: number, sounds: readonly Sound[]): Sound => {
  const samples = new Int16Array(sounds.reduce((sum, sound) => sum + sound.samples.length, 0));
  let at = 0;
  for (const sound of sounds) {
    if (sound.rate !== rate) throw new Error(`sounds of ${sound.rate} and ${rate} samples a second`);
    samples.set(sound.samples, at);
    at += sound.samples.length;
  }
  return { rate, samples };
};
