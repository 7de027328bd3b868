import sharp from 'sharp';
import type { ClipFacts } from '../clip.ts';
import type { HandEvidence } from '../landmarks.ts';
import { grabStills, type StillImage } from '../media/stills.ts';
import { suspicionOf } from '../signals/hands/experts.ts';
import { type WatchedHand, watchedHands } from '../signals/hands/looks.ts';
import type { Measured, Shot } from '../signals.ts';
import type { HandStrip } from './page-data.ts';

/** Most hands that are shown, and most crops of each. */
const MOST_HANDS = 12;
const MOST_CROPS = 8;
/** Pixels of a crop in the strip. */
const SIDE = 96;
/** Frames are decoded at this longest side. */
const FRAME_SIDE = 1280;
/** Bytes of one strip. */
const MOST_BYTES = 24_000;

/**
 * Every judged hand as a row of crops over time, upright and at one size, the most suspicious hand first: a person checks all hands
 * of a clip in seconds, also where nothing was found.
 */
export async function handStrips(
  clip: ClipFacts,
  shots: readonly Shot[],
  { hands, handEvidence }: Measured,
  signal?: AbortSignal,
): Promise<HandStrip[]> {
  if (!hands || !handEvidence) return [];
  const watched = shots
    .flatMap(shot => watchedHands(clip, shot, hands, handEvidence))
    .filter(({ looks }) => looks.length > 0)
    .map(hand => ({ hand, suspicion: suspicionOf(hand.looks) }))
    .sort((a, b) => b.suspicion - a.suspicion || b.hand.looks.length - a.hand.looks.length)
    .slice(0, MOST_HANDS)
    .map(({ hand, suspicion }) => ({ hand, suspicion, looks: chosen(hand) }));
  if (watched.length === 0) return [];
  const stills = await grabStills(
    clip,
    watched.flatMap(({ looks }) => looks.map(({ frame }) => frame)),
    { maxSide: FRAME_SIDE, maxBytes: 4_000_000, signal },
  );
  const strips: HandStrip[] = [];
  for (const { hand, suspicion, looks } of watched) {
    const crops: Buffer[] = [];
    const frames: number[] = [];
    for (const { frame, row } of looks) {
      const still = stills.get(frame);
      if (!still) continue;
      crops.push(await upright(still, clip, handEvidence, row));
      frames.push(frame);
    }
    if (crops.length === 0) continue;
    const { id, shot } = hand.track;
    const src = `data:image/jpeg;base64,${(await row(crops)).toString('base64')}`;
    strips.push({
      id,
      shot,
      suspicion: Math.round(100 * suspicion) / 100,
      looks: hand.looks.length,
      frames,
      still: { src, width: SIDE * crops.length, height: SIDE },
    });
  }
  return strips;
}

/** Looks evenly over time, the most suspicious one among them. */
function chosen({ looks }: WatchedHand): WatchedHand['looks'] {
  if (looks.length <= MOST_CROPS) return looks;
  const worst = looks.reduce((best, look, k) => (suspicionOf([look]) > suspicionOf([looks[best]]) ? k : best), 0);
  const at = new Set(
    Array.from({ length: MOST_CROPS }, (_, k) => Math.round((k * (looks.length - 1)) / (MOST_CROPS - 1))),
  );
  if (!at.has(worst)) {
    const nearest = [...at].reduce((best, k) => (Math.abs(k - worst) < Math.abs(best - worst) ? k : best));
    at.delete(nearest);
    at.add(worst);
  }
  return [...at].sort((a, b) => a - b).map(k => looks[k]);
}

/** The crop that was judged, cut from a still and turned upright; what lies outside the picture is grey. */
async function upright(
  { jpeg, width, height }: StillImage,
  { video }: ClipFacts,
  { crops }: HandEvidence,
  row: number,
): Promise<Buffer> {
  const [sx, sy] = [width / video.width, height / video.height];
  const x = crops[4 * row] * sx;
  const y = crops[4 * row + 1] * sy;
  const side = Math.max(2, crops[4 * row + 2] * sx);
  const degrees = (-crops[4 * row + 3] * 180) / Math.PI;
  // A square that holds the turned one whatever its angle.
  const reach = Math.ceil(side * Math.SQRT1_2) + 1;
  const [left, top] = [Math.round(x) - reach, Math.round(y) - reach];
  const inside = {
    left: Math.min(width - 1, Math.max(0, left)),
    top: Math.min(height - 1, Math.max(0, top)),
    right: Math.max(1, Math.min(width, left + 2 * reach)),
    bottom: Math.max(1, Math.min(height, top + 2 * reach)),
  };
  const background = '#404246';
  const whole = await sharp(jpeg)
    .extract({
      left: inside.left,
      top: inside.top,
      width: Math.max(1, inside.right - inside.left),
      height: Math.max(1, inside.bottom - inside.top),
    })
    .extend({
      left: inside.left - left,
      top: inside.top - top,
      right: Math.max(0, left + 2 * reach - inside.right),
      bottom: Math.max(0, top + 2 * reach - inside.bottom),
      background,
    })
    .png({ compressionLevel: 1 })
    .toBuffer();
  const { data, info } = await sharp(whole)
    .rotate(degrees, { background })
    .png({ compressionLevel: 1 })
    .toBuffer({ resolveWithObject: true });
  const edge = Math.min(info.width, info.height, Math.round(side));
  return sharp(data)
    .extract({
      left: Math.floor((info.width - edge) / 2),
      top: Math.floor((info.height - edge) / 2),
      width: edge,
      height: edge,
    })
    .resize(SIDE, SIDE)
    .png({ compressionLevel: 1 })
    .toBuffer();
}

async function row(crops: readonly Buffer[]): Promise<Buffer> {
  const picture = await sharp({
    create: { width: SIDE * crops.length, height: SIDE, channels: 3, background: '#404246' },
  })
    .composite(crops.map((input, k) => ({ input, left: k * SIDE, top: 0 })))
    .png({ compressionLevel: 1 })
    .toBuffer();
  for (const quality of [72, 58, 44, 30]) {
    const jpeg = await sharp(picture).jpeg({ quality, mozjpeg: true }).toBuffer();
    if (jpeg.length <= MOST_BYTES || quality === 30) return jpeg;
  }
  return picture;
}
