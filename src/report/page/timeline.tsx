import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { across, width } from './axis.ts';
import { clean, LaneRow, lanes, Shots, weight } from './lanes.tsx';
import { Plots } from './plots.tsx';
import { base, code, concernOf, findingItems, frame, goTo, lastFrame, setView, view, zoom } from './state.ts';

const every = signal(false);
/** Timecode without leading hours and minutes that are nought: a ruler repeats itself enough. */
const clock = (at: number): string => code(at).replace(/^00:(?:0(?=\d:))?/, '');

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

/** Short findings lie over long ones. */
const length = ({ finding }: (typeof findingItems)[number]) => finding.end - finding.start;
const longestFirst = [...findingItems].sort((a, b) => length(b) - length(a));

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
      {longestFirst.map(item => (
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

function Playhead() {
  const at = across(frame.value + 0.5);
  if (at < 0 || at > 100) return null;
  return (
    <div class="playheadarea" aria-hidden="true">
      <i class="playhead" style={{ left: `${at}%` }} />
    </div>
  );
}
