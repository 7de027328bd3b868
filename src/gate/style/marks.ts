import sharp from 'sharp';

/** A grey picture with what of it counts. */
interface Grey {
  width: number;
  height: number;
  values: Float32Array;
  /** 0–1 per pixel. */
  weight: Float32Array;
}

/** Longest side of the picture that marks are looked for in. */
export const MARK_SIDE = 480;
/** Smallest template: fewer pixels match anything. */
const LEAST_PIXELS = 36;
/** Places that the coarse search hands to the fine one. */
const PEAKS = 6;

/**
 * Where a mark is in a picture: the best normalised correlation of the template over all places, its transparent parts
 * left out. Sizes within 6 % of the named one are tried.
 * @param width the mark's width as a share of the picture's
 * @param area `[x, y, width, height]` in shares of the picture to look in
 * @returns correlation −1 … 1 and the place in shares of the picture
 */
export async function findMark(
  picture: Buffer,
  template: string | Buffer,
  width: number,
  area: readonly [number, number, number, number] = [0, 0, 1, 1],
): Promise<{ score: number; x: number; y: number }> {
  const scene = await readGrey(picture, MARK_SIDE);
  let best = { score: -1, x: 0, y: 0 };
  for (const scale of [1, 0.97, 1.03, 0.94, 1.06]) {
    const across = Math.round(width * scale * scene.width);
    if (across < 4 || across > scene.width) continue;
    const mark = await readGrey(template, across, true);
    if (mark.width * mark.height < LEAST_PIXELS || mark.height > scene.height) continue;
    const found = slide(scene, mark, area);
    if (found.score > best.score) best = found;
  }
  return best;
}

async function readGrey(picture: Buffer | string, side: number, byWidth = false): Promise<Grey> {
  const { data, info } = await sharp(picture, { limitInputPixels: 64_000_000, pages: 1 })
    .toColourspace('srgb')
    .ensureAlpha()
    .resize(byWidth ? { width: side, fit: 'inside' } : { width: side, height: side, fit: 'inside' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = info.width * info.height;
  const values = new Float32Array(pixels);
  const weight = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const at = i * info.channels;
    values[i] = 0.2126 * data[at] + 0.7152 * data[at + 1] + 0.0722 * data[at + 2];
    weight[i] = data[at + info.channels - 1] / 255;
  }
  return { width: info.width, height: info.height, values, weight };
}

function slide(
  scene: Grey,
  mark: Grey,
  [x, y, w, h]: readonly [number, number, number, number],
): { score: number; x: number; y: number } {
  let weights = 0;
  let mean = 0;
  for (let i = 0; i < mark.values.length; i++) {
    weights += mark.weight[i];
    mean += mark.weight[i] * mark.values[i];
  }
  mean /= weights || 1;
  const centred = mark.values.map((value, i) => mark.weight[i] * (value - mean));
  let norm = 0;
  for (let i = 0; i < centred.length; i++) norm += centred[i] * (mark.values[i] - mean);
  const at = (left: number, top: number): number => {
    let product = 0;
    let sum = 0;
    let squares = 0;
    for (let row = 0, i = 0; row < mark.height; row++)
      for (let p = (top + row) * scene.width + left, end = p + mark.width; p < end; p++, i++) {
        const value = scene.values[p];
        product += centred[i] * value;
        sum += mark.weight[i] * value;
        squares += mark.weight[i] * value * value;
      }
    const spread = squares - (sum * sum) / (weights || 1);
    // A flat place correlates with nothing.
    return spread < weights || norm <= 0 ? 0 : product / Math.sqrt(norm * spread);
  };
  const bounds = {
    left: Math.max(0, Math.floor(x * scene.width)),
    top: Math.max(0, Math.floor(y * scene.height)),
    right: Math.min(scene.width, Math.ceil((x + w) * scene.width)) - mark.width,
    bottom: Math.min(scene.height, Math.ceil((y + h) * scene.height)) - mark.height,
  };
  // Every second place first: a peak is several pixels wide. Then around the best of them.
  const coarse: { score: number; left: number; top: number }[] = [];
  for (let top = bounds.top; top <= bounds.bottom; top += 2)
    for (let left = bounds.left; left <= bounds.right; left += 2) {
      const score = at(left, top);
      if (coarse.length < PEAKS || score > coarse[coarse.length - 1].score) {
        coarse.push({ score, left, top });
        coarse.sort((a, b) => b.score - a.score).splice(PEAKS);
      }
    }
  let best = { score: -1, x: 0, y: 0 };
  for (const peak of coarse)
    for (let top = Math.max(bounds.top, peak.top - 1); top <= Math.min(bounds.bottom, peak.top + 1); top++)
      for (let left = Math.max(bounds.left, peak.left - 1); left <= Math.min(bounds.right, peak.left + 1); left++) {
        const score = left === peak.left && top === peak.top ? peak.score : at(left, top);
        if (score > best.score) best = { score, x: left / scene.width, y: top / scene.height };
      }
  return best;
}
