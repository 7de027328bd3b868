import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { LABELS, MarkIcon } from './marks.tsx';
import { Plots } from './plots.tsx';
import {
  base,
  type CheckItem,
  checkItems,
  code,
  concernOf,
  extras,
  type FindingItem,
  findingItems,
  frame,
  frames,
  goTo,
  lastFrame,
  report,
  select,
  selected,
  setView,
  titleOf,
  view,
  zoom,
} from './state.ts';

const every = signal(false);
/** Pixels across a track: decides how many labels the ruler has room for. */
const width = signal(800);

/** Timecode without leading hours and minutes that are nought: a ruler repeats itself enough. */
const clock = (at: number): string => code(at).replace(/^00:(?:0(?=\d:))?/, '');

/** Where a frame lies across the visible stretch, in per cent. */
const across = (at: number): number => {
  const [from, until] = view.value;
  return ((at - from) / (until - from)) * 100;
};
const span = (start: number, end: number) => ({
  left: `${across(start)}%`,
  width: `${across(end) - across(start)}%`,
});
/** Width of a stretch on the screen, what lies outside the view left out. */
const pixels = (start: number, end: number): number =>
  ((Math.min(100, across(end)) - Math.max(0, across(start))) / 100) * width.value;
const inView = (start: number, end: number): boolean => end > view.value[0] && start < view.value[1];

interface Lane {
  detector: string;
  findings: FindingItem[];
  checks: CheckItem[];
}

const lanes: Lane[] = [...new Set(report.outcomes.map(outcome => outcome.detector))]
  .map(detector => ({
    detector,
    findings: findingItems.filter(item => item.finding.detector === detector),
    checks: checkItems.filter(item => item.detector === detector),
  }))
  .sort((a, b) => weight(b) - weight(a));

function weight({ findings, checks }: Lane): number {
  if (findings.length > 0) return 3;
  if (checks.some(check => check.status === 'error')) return 2;
  return checks.length > 0 ? 1 : 0;
}
const clean = lanes.filter(lane => weight(lane) === 0).length;

/** Lanes and plots over one shared axis, with one playhead through all of them. */
export function Timeline() {
  const area = useRef<HTMLDivElement>(null);
  useScrubbing(area);
  return (
    <section class="tracks" aria-label="Timeline">
      <Bar />
      <div class="trackarea" ref={area}>
        <Ruler />
        <Shots />
        {lanes
          .filter(lane => every.value || weight(lane) > 0)
          .map(lane => (
            <LaneRow key={lane.detector} lane={lane} />
          ))}
        <Plots />
        <Playhead />
      </div>
    </section>
  );
}

/** Press and drag anywhere on a track to move the playhead; the wheel with Ctrl (or a pinch) zooms, sideways pans. */
function useScrubbing(area: { current: HTMLDivElement | null }): void {
  useEffect(() => {
    const element = area.current!;
    const track = element.querySelector('.ruler .track')!;
    const resize = new ResizeObserver(() => {
      width.value = track.clientWidth;
    });
    resize.observe(track);
    return () => resize.disconnect();
  }, []);
  useEffect(() => {
    const element = area.current!;
    const at = (event: MouseEvent): number | null => {
      const track = element.querySelector('.ruler .track')!.getBoundingClientRect();
      const share = (event.clientX - track.left) / track.width;
      const [from, until] = view.value;
      return Math.floor(from + Math.min(1, Math.max(0, share)) * (until - from));
    };
    let dragging = false;
    const down = (event: PointerEvent) => {
      const target = event.target as Element;
      if (event.button !== 0 || target.closest('button, .label') || !target.closest('.track, .plot')) return;
      dragging = true;
      element.setPointerCapture(event.pointerId);
      goTo(at(event)!);
    };
    const move = (event: PointerEvent) => dragging && goTo(at(event)!);
    const up = () => {
      dragging = false;
    };
    const wheel = (event: WheelEvent) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoom(Math.exp(-event.deltaY / 200), at(event)!);
      } else if (sideways && view.value[1] - view.value[0] < base.frames) {
        event.preventDefault();
        const [from, until] = view.value;
        const by = ((event.deltaX || event.deltaY) / element.clientWidth) * (until - from);
        setView(from + by, until + by);
      }
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
    element.addEventListener('pointercancel', up);
    element.addEventListener('wheel', wheel, { passive: false });
    return () => {
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
      element.removeEventListener('pointercancel', up);
      element.removeEventListener('wheel', wheel);
    };
  }, []);
}

function Bar() {
  const [from, until] = view.value;
  return (
    <div class="tracksbar">
      <h2>Timeline</h2>
      <Overview />
      {clean > 0 && (
        <label class="check">
          <input
            type="checkbox"
            checked={every.value}
            onChange={event => {
              every.value = event.currentTarget.checked;
            }}
          />
          {`${clean} clean ${clean === 1 ? 'lane' : 'lanes'}`}
        </label>
      )}
      <fieldset class="buttons" aria-label="Zoom">
        <button type="button" class="icon" aria-label="Zoom out" title="Zoom out (−)" onClick={() => zoom(1 / 1.6)}>
          −
        </button>
        <button type="button" class="icon" aria-label="Zoom in" title="Zoom in (+)" onClick={() => zoom(1.6)}>
          +
        </button>
        <button
          type="button"
          class="icon wide"
          title="Whole clip (0)"
          disabled={until - from >= base.frames}
          onClick={() => setView(0, base.frames)}
        >
          Fit
        </button>
      </fieldset>
    </div>
  );
}

/** The whole clip in a strip, with the stretch that the lanes show. */
function Overview() {
  const [from, until] = view.value;
  const share = (at: number) => `${(at / base.frames) * 100}%`;
  const move = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const about = ((event.clientX - box.left) / box.width) * base.frames;
    const half = (until - from) / 2;
    setView(about - half, about + half);
    goTo(about);
  };
  return (
    <div class="overview" onClick={move} aria-hidden="true">
      {findingItems.map(item => (
        <i
          key={item.key}
          class={`tick tick-${concernOf(item)}`}
          style={{ left: share(item.finding.start), width: share(item.finding.end - item.finding.start) }}
        />
      ))}
      <i class="window" style={{ left: share(from), width: share(until - from) }} />
      <i class="here" style={{ left: share(frame.value + 0.5) }} />
    </div>
  );
}

/** Frames between labels: a round number that leaves labels room. */
function tickStep(visible: number, most: number): number {
  const rate = Math.max(1, Math.round(base.fps.num / base.fps.den));
  const steps = [
    1,
    2,
    5,
    10,
    rate / 2,
    rate,
    2 * rate,
    5 * rate,
    10 * rate,
    30 * rate,
    60 * rate,
    300 * rate,
    900 * rate,
  ];
  return steps.filter(Number.isInteger).find(step => visible / step <= most) ?? 3600 * rate;
}

function Ruler() {
  const [from, until] = view.value;
  const every = tickStep(until - from, Math.max(3, Math.floor(width.value / 84)));
  const ticks: number[] = [];
  for (let at = Math.ceil(from / every) * every; at < until; at += every) ticks.push(at);
  const now = frame.value;
  return (
    <div class="row ruler">
      <span class="label" />
      <div
        class="track"
        role="slider"
        tabIndex={0}
        aria-label="Playhead"
        aria-valuemin={0}
        aria-valuemax={lastFrame}
        aria-valuenow={now}
        aria-valuetext={`Frame ${now}, ${code(now)}`}
      >
        {ticks.map(at => (
          <span key={at} class="ticklabel" style={{ left: `${across(at)}%` }}>
            {every < base.fps.num / base.fps.den / 2 ? at : clock(at)}
          </span>
        ))}
      </div>
    </div>
  );
}

function Shots() {
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

function LaneRow({ lane }: { lane: Lane }) {
  const shots = new Map(report.shots.map(shot => [shot.id, shot]));
  return (
    <div class="row lane">
      <span class="label" title={titleOf(lane.detector)}>
        {titleOf(lane.detector)}
      </span>
      <div class="track">
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
                  aria-label={`${LABELS[item.status]}: ${titleOf(item.detector)}. ${item.reason}`}
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
              style={span(finding.start, finding.end)}
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

function Playhead() {
  const at = across(frame.value + 0.5);
  if (at < 0 || at > 100) return null;
  return (
    <div class="playheadarea" aria-hidden="true">
      <i class="playhead" style={{ left: `${at}%` }} />
    </div>
  );
}
