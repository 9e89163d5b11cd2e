/** The placeholder of a picture: a PNG of one colour, with a bar for each point, made without any library. */
import { crc32, deflateSync } from 'node:zlib';

export interface Size {
  readonly width: number;
  readonly height: number;
}
type Colour = readonly [red: number, green: number, blue: number];
const PAPER: Colour = [15, 23, 42];
const BAR: Colour = [45, 212, 191];

export const plainCard = ({ width, height }: Size, bars: number): Buffer => {
  const plain = rowOf(width, () => PAPER);
  const barred = rowOf(width, (x) => (x > width * 0.1 && x < width * 0.9 ? BAR : PAPER));
  const rows = Array.from({ length: height }, (_, y) => {
    const place = (y / height - 0.2) / 0.1;
    return place >= 0 && place < bars && place % 1 < 0.4 ? barred : plain;
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // 8 bits a channel, RGB.
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** Preceded by its filter: none. */
const rowOf = (width: number, colourAt: (x: number) => Colour): Buffer =>
  Buffer.from([0, ...Array.from({ length: width }, (_, x) => colourAt(x)).flat()]);

const chunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
};
