import { boxAt } from '../box-at.ts';
import { extras, findingItems, frame, report, selected } from './state.ts';

const { clip } = report;

/** Boxes and landmarks that hold on the current frame, drawn in source pixels. */
export function Overlay() {
  const now = frame.value;
  const boxes = findingItems.filter(({ finding }) => finding.box && now >= finding.start && now < finding.end);
  const points = extras.landmarks.filter(mark => mark.frame === now);
  if (boxes.length === 0 && points.length === 0) return null;
  return (
    <svg class="overlay" viewBox={`0 0 ${clip.width} ${clip.height}`} preserveAspectRatio="none" aria-hidden="true">
      {points.map(mark => (
        <LandmarkLines key={mark.label} {...mark} />
      ))}
      {boxes.map(({ key, finding }) => (
        <BoxLines key={key} box={boxAt(finding, now)!} strong={key === selected.value} concern={finding.severity} />
      ))}
    </svg>
  );
}

export const BoxLines = ({
  box: [x, y, width, height],
  strong,
  concern,
}: {
  box: [number, number, number, number];
  strong: boolean;
  concern: string;
}) => (
  <g class={`box box-${concern} ${strong ? 'box-strong' : ''}`}>
    <rect class="box-halo" x={x} y={y} width={width} height={height} />
    <rect class="box-line" x={x} y={y} width={width} height={height} />
  </g>
);

export const LandmarkLines = ({ points, links }: { points: [number, number][]; links: [number, number][] }) => (
  <g class="landmarks">
    {links
      .filter(([a, b]) => points[a] && points[b])
      .map(([a, b]) => (
        <line key={`${a}-${b}`} x1={points[a][0]} y1={points[a][1]} x2={points[b][0]} y2={points[b][1]} />
      ))}
    {points.map(([x, y]) => (
      // A zero-length line with round caps is a dot that keeps its size whatever the scale.
      <path key={`${x},${y}`} d={`M${x} ${y}h0`} />
    ))}
  </g>
);
