import type { Finding } from '../../finding.ts';
import { BoxLines, LandmarkLines } from './overlay.tsx';
import { concernOf, extras, type FindingItem, goTo, report } from './state.ts';

/** Just before, at the worst, just after. Each picture takes the player there. */
export function StripRow({ item }: { item: FindingItem }) {
  const strip = extras.strips[item.key];
  if (!strip) return null;
  const cells: [name: string, at: number | null, none: string][] = [
    ['before', strip.before, 'shot begins'],
    ['worst', strip.peak, ''],
    ['after', strip.after, 'shot ends'],
  ];
  return (
    <div class="strip">
      {cells.map(([name, at, none]) =>
        at === null || !extras.stills[at] ? (
          <span key={name} class="cell empty">
            <span class="hole">{at === null ? none : 'no still'}</span>
            <span class="caption">{name}</span>
          </span>
        ) : (
          <button key={name} type="button" class="cell" onClick={() => goTo(at)}>
            <Picture at={at} finding={name === 'worst' ? item.finding : undefined} concern={concernOf(item)} />
            <span class="caption">
              {name} <span class="unseen">: go to frame</span> <span class="timecode">{at}</span>
            </span>
          </button>
        ),
      )}
    </div>
  );
}

/** A still with the finding's box and the frame's landmarks over it. */
export function Picture({ at, finding, concern }: { at: number; finding?: Finding; concern: string }) {
  const still = extras.stills[at];
  const marks = extras.landmarks.filter(mark => mark.frame === at);
  const { width, height } = report.clip;
  return (
    <span class="still">
      <img src={still.src} width={still.width} height={still.height} alt="" decoding="async" />
      {(finding?.box || marks.length > 0) && (
        <svg class="overlay" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
          {marks.map(mark => (
            <LandmarkLines key={mark.label} {...mark} />
          ))}
          {finding?.box && <BoxLines box={finding.box} strong concern={concern} />}
        </svg>
      )}
    </span>
  );
}

const figure = (value: number): string =>
  Math.abs(value) >= 1e6 ? (value > 0 ? '∞' : '−∞') : String(Number(value.toPrecision(4))).replace('-', '−');

/** A bullet: the measured value as a bar from nought, the threshold as a line across it. */
export function Meter({ measured, threshold, unit }: { measured: number; threshold: number; unit: string }) {
  const ends = [0, measured, threshold].map(value => Math.max(-1e6, Math.min(1e6, value)));
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  const room = (high - low || 1) * 0.12;
  const from = low < 0 ? low - room : low;
  const until = high > 0 ? high + room : high;
  const at = (value: number) => ((Math.max(from, Math.min(until, value)) - from) / (until - from || 1)) * 100;
  const left = Math.min(at(0), at(measured));
  return (
    <span class="meter">
      <span class="meterbar" aria-hidden="true">
        <i class="value" style={{ left: `${left}%`, width: `${Math.abs(at(measured) - at(0))}%` }} />
        <i class="limit" style={{ left: `${at(threshold)}%` }} />
      </span>
      <span>
        <b>{figure(measured)}</b> {unit}
        <span class="quiet">
          {' '}
          {measured >= threshold ? 'over' : 'under'} {figure(threshold)} {unit}
        </span>
      </span>
    </span>
  );
}
