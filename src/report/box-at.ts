import type { Box } from '../clip.ts';
import type { Finding } from '../finding.ts';

/** The box of a finding at a frame, source pixels: along its path, before and after it as at the nearest end; undefined without one. */
export function boxAt({ box, path = [] }: Pick<Finding, 'box' | 'path'>, frame: number): Box | undefined {
  if (path.length === 0) return box;
  const next = path.findIndex(place => place.frame >= frame);
  if (next < 0) return path[path.length - 1].box;
  if (next === 0) return path[0].box;
  const [one, other] = [path[next - 1], path[next]];
  const share = (frame - one.frame) / (other.frame - one.frame);
  return one.box.map((side, k) => side + share * (other.box[k] - side)) as unknown as Box;
}
