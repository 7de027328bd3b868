import { inView, pixels, span } from './axis.ts';
import { LABELS, MarkIcon } from './marks.tsx';
import {
  base,
  type CheckItem,
  checkItems,
  concernOf,
  extras,
  type FindingItem,
  findingItems,
  frames,
  goTo,
  report,
  select,
  selected,
  titleOf,
} from './state.ts';

interface Lane {
  detector: string;
  findings: FindingItem[];
  /** Storey of each finding, so that none hides another that is there at the same time. */
  storeys: Map<string, number>;
  height: number;
  checks: CheckItem[];
}

export const lanes: Lane[] = [...new Set(report.outcomes.map(outcome => outcome.detector))]
  .map(detector => {
    const findings = findingItems.filter(item => item.finding.detector === detector);
    const checks = checkItems.filter(item => item.detectors.includes(detector));
    return { detector, findings, checks, ...stack(findings) };
  })
  .sort((a, b) => weight(b) - weight(a));

const MOST_STOREYS = 4;

function stack(findings: readonly FindingItem[]): Pick<Lane, 'storeys' | 'height'> {
  const ends: number[] = [];
  const storeys = new Map<string, number>();
  for (const { key, finding } of [...findings].sort((a, b) => a.finding.start - b.finding.start)) {
    const free = ends.findIndex(end => end <= finding.start);
    const storey = free >= 0 ? free : Math.min(ends.length, MOST_STOREYS - 1);
    ends[storey] = Math.max(finding.end, ends[storey] ?? 0);
    storeys.set(key, storey);
  }
  return { storeys, height: Math.max(1, ends.length) };
}

export function weight({ findings, checks }: Lane): number {
  if (findings.length > 0) return 3;
  if (checks.some(check => check.status === 'error')) return 2;
  return checks.length > 0 ? 1 : 0;
}
export const clean = lanes.filter(lane => weight(lane) === 0).length;

export function Shots() {
  const verdicts = new Map(report.verdict.shots.map(({ shot, decision }) => [shot, decision]));
  return (
    <>
      <div class="row shots">
        <span class="label">Shots</span>
        <div class="track">
          {report.shots
            .filter(shot => inView(shot.start, shot.end))
            .map(shot => {
              const poster = extras.stills[extras.posters[shot.id]];
              const decision = verdicts.get(shot.id) ?? 'pass';
              return (
                <button
                  key={shot.id}
                  type="button"
                  class="shot"
                  style={span(shot.start, shot.end)}
                  title={`Shot ${shot.id}, ${frames(shot.start, shot.end)}: ${decision}`}
                  aria-label={`Shot ${shot.id}, ${frames(shot.start, shot.end)}: ${LABELS[decision]}`}
                  onClick={() => goTo(shot.start)}
                >
                  {poster && <img src={poster.src} alt="" />}
                  <span>
                    <MarkIcon of={decision} size={12} /> {shot.id}
                  </span>
                </button>
              );
            })}
        </div>
      </div>
      <div class="row usable">
        <span class="label">Usable</span>
        <div class="track">
          {report.verdict.usable
            .filter(range => inView(range.start, range.end))
            .map(range => (
              <button
                key={range.start}
                type="button"
                class="range"
                style={span(range.start, range.end)}
                aria-label={`Usable: ${frames(range.start, range.end)}`}
                title={`Usable: ${frames(range.start, range.end)}`}
                onClick={() => goTo(range.start)}
              />
            ))}
          {report.verdict.usable.length === 0 && <span class="empty">no usable range</span>}
        </div>
      </div>
    </>
  );
}

export function LaneRow({ lane }: { lane: Lane }) {
  const shots = new Map(report.shots.map(shot => [shot.id, shot]));
  return (
    <div class="row lane">
      <span class="label" title={titleOf(lane.detector)}>
        {titleOf(lane.detector)}
      </span>
      <div class="track" style={{ height: `${4 + 20 * lane.height}px` }}>
        {lane.checks.flatMap(item =>
          item.shots.map(id => {
            const { start, end } = (id !== null && shots.get(id)) || { start: 0, end: base.frames };
            return (
              inView(start, end) && (
                <button
                  key={`${item.key}${id}`}
                  type="button"
                  class={`gap gap-${item.status}`}
                  style={span(start, end)}
                  aria-label={`${LABELS[item.status]}: ${titleOf(lane.detector)}. ${item.reason}`}
                  title={`${LABELS[item.status]}: ${item.reason}`}
                  onClick={() => select(item)}
                >
                  {pixels(start, end) > 70 && <span>{item.status === 'error' ? 'not judged' : 'skipped'}</span>}
                </button>
              )
            );
          }),
        )}
        {lane.findings.map(item => {
          const { finding, key } = item;
          const concern = concernOf(item);
          if (!inView(finding.start, finding.end)) return null;
          return (
            <button
              key={key}
              type="button"
              class={`event event-${concern} ${selected.value === key ? 'event-selected' : ''}`}
              style={{ ...span(finding.start, finding.end), top: `${3 + 20 * (lane.storeys.get(key) ?? 0)}px` }}
              aria-label={`${LABELS[concern]}: ${finding.message} ${frames(finding.start, finding.end)}`}
              title={`${LABELS[concern]}: ${finding.message}\n${frames(finding.start, finding.end)}`}
              onClick={() => select(item)}
            >
              <MarkIcon of={concern} size={12} />
            </button>
          );
        })}
      </div>
    </div>
  );
}
