import type { Picture } from '../../media/frame.ts';
import type { Views } from '../../signals.ts';

/**
 * A clip's views with pictures of the same size behind them, as if they had been seen in the clip too.
 *
 * @returns the views, and the sample of each picture
 */
export function withPictures(views: Views, pictures: readonly Picture[]): { views: Views; samples: number[] } {
  const count = views.frames.length;
  const last = views.frames[count - 1] ?? 0;
  const joined = (own: Uint8Array, plane: 'y' | 'u' | 'v') => {
    const size = own.length / count;
    const out = new Uint8Array(own.length + size * pictures.length);
    out.set(own);
    for (const [k, picture] of pictures.entries()) out.set(picture[plane].subarray(0, size), own.length + k * size);
    return out;
  };
  return {
    views: {
      ...views,
      frames: Uint32Array.from([...views.frames, ...pictures.map((_, k) => last + 1 + k)]),
      luma: joined(views.luma, 'y'),
      blue: joined(views.blue, 'u'),
      red: joined(views.red, 'v'),
    },
    samples: pictures.map((_, k) => count + k),
  };
}
