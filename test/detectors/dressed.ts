import {
  type Faces,
  IDENTITY_LENGTH,
  type Identities,
  LOOK_PLANES,
  LOOK_REACH,
  LOOK_SIDE,
  type PersonLooks,
} from '../../src/landmarks.ts';
import { TableBuilder } from '../../src/observers/vision/table.ts';

export type Rgb = readonly [number, number, number];

/** How somebody drawn looks in one frame; colours are sRGB codes. */
export interface Dress {
  clothes: Rgb;
  hair: Rgb;
  skin: Rgb;
  wall: Rgb;
  /** Stripes of the clothes: code values up and down, across the body. */
  stripes: number;
  yaw: number;
  /** Where the body is against the head, in heights of the face. */
  sway: number;
  /** Forearms in front of the body. */
  arms: boolean;
  person: number;
  lineage: number;
  x: number;
}

export const DRESS: Dress = {
  clothes: [90, 110, 160],
  hair: [60, 40, 30],
  skin: [205, 160, 135],
  wall: [150, 155, 150],
  stripes: 0,
  yaw: 0,
  sway: 0,
  arms: false,
  person: 1,
  lineage: 1,
  x: 480,
};

export const FACE = 120;
const CELLS = LOOK_SIDE * LOOK_SIDE;

/** Signals of a clip in which somebody is drawn; a frame without anybody is null. Looks are taken every `step` frames. */
export function dressed(
  frames: number,
  draw: (frame: number) => Partial<Dress> | null,
  step = 5,
): { faces: Faces; identities: Identities; personLooks: PersonLooks } {
  const builder = new TableBuilder({
    points: 5,
    columns: { pose: { of: 'float', values: 3 } },
    budget: 1e7,
    rowsPerFrame: 4,
    step: 1,
  });
  const looks: { frame: number; dress: Dress }[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const drawn = draw(frame);
    const dress = drawn && { ...DRESS, ...drawn };
    builder.add(frame, dress ? [faceRow(dress)] : []);
    if (dress && frame % step === 0) looks.push({ frame, dress });
  }
  const pictures = new Uint8Array(looks.length * LOOK_PLANES * CELLS);
  looks.forEach(({ frame, dress }, k) => {
    paint(pictures.subarray(k * LOOK_PLANES * CELLS, (k + 1) * LOOK_PLANES * CELLS), dress, frame);
  });
  const vectors = new Int16Array(looks.length * IDENTITY_LENGTH);
  looks.forEach(({ dress }, k) => {
    for (let i = 0; i < IDENTITY_LENGTH; i++) {
      const own = Math.sin((i + 1) * (dress.person + 1) * 12.9898);
      vectors[k * IDENTITY_LENGTH + i] = Math.round(900 * (own + 0.3 * Math.sin((i + 1) * (k + 7) * 78.233)));
    }
  });
  const places = looks.flatMap(({ dress }) => [dress.x, 300, 1.5 * FACE]);
  const at = Uint32Array.from(looks, ({ frame }) => frame);
  const lineage = Uint32Array.from(looks, ({ dress }) => dress.lineage);
  const place = Float32Array.from(places);
  return {
    faces: builder.finish() as unknown as Faces,
    identities: { frames: at, lineage, place, vectors },
    personLooks: { step, frames: at, lineage, place, pictures },
  };
}

function faceRow({ x, yaw, lineage }: Dress) {
  const points = new Float32Array(15);
  for (let k = 0; k < 5; k++) points.set([x + 12 * (k - 2), 300 + 10 * ((k * 3) % 5), 0], 3 * k);
  return {
    lineage,
    presence: 1,
    sharpness: 0.3,
    place: [x, 300, 1.5 * FACE] as [number, number, number],
    points,
    extra: { pose: [yaw, 0, 0] },
  };
}

/** A head with hair, a neck and shoulders before a wall, with a little noise that differs from frame to frame. */
function paint(look: Uint8Array, dress: Dress, frame: number): void {
  let seed = 97 * frame + 1;
  const noise = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return 4 * (seed / 2147483648 - 0.5);
  };
  for (let cell = 0; cell < CELLS; cell++) {
    const x = (((cell % LOOK_SIDE) + 0.5) / LOOK_SIDE - 0.5) * LOOK_REACH.side;
    const y = ((Math.floor(cell / LOOK_SIDE) + 0.5) / LOOK_SIDE - 0.5) * LOOK_REACH.side + LOOK_REACH.below;
    const [u, v] = [x - dress.sway, y];
    const inHead = Math.hypot(x / 0.5, (y + 0.05) / 0.65) < 1;
    const inFace = Math.hypot(x / 0.4, (y - 0.05) / 0.5) < 1;
    const inBody = v > 0.62 && Math.abs(u) < 1.1;
    const inNeck = Math.abs(x) < 0.25 && y > 0 && y < 0.75;
    const inArms = dress.arms && v > 1.3 && v < 1.65 && Math.abs(u) < 0.9;
    const fold = 8 * Math.sin(5 * u + 3 * v);
    const stripe = dress.stripes * (Math.sin((2 * Math.PI * v) / 0.28) > 0 ? 1 : -1);
    const colour = inFace || inNeck || inArms ? dress.skin : inHead ? dress.hair : inBody ? dress.clothes : dress.wall;
    const shade = inBody && !inArms && !inNeck ? fold + stripe : 0;
    for (let k = 0; k < 3; k++) look[k * CELLS + cell] = Math.min(255, Math.max(0, colour[k] + shade + noise()));
    look[3 * CELLS + cell] = inHead || inNeck || inBody ? 255 : 0;
    look[4 * CELLS + cell] = 8;
  }
}
