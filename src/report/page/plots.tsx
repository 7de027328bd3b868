import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { PlotSeries } from '../page-data.ts';
import { base, concernOf, extras, findingItems, frame, selected, theme, titleOf, view } from './state.ts';

const { series } = extras;
const FIRST = ['frameDifference', 'sharpness', 'loudness'];

/** Plots that were switched on by hand; null until then: the selection decides. */
const chosen = signal<ReadonlySet<string> | null>(null);

/** The signals that the selected finding's detector reads, or a few of general interest. */
function shown(): PlotSeries[] {
  if (chosen.value) return series.filter(one => chosen.value?.has(one.id));
  const detector = findingItems.find(item => item.key === selected.value)?.finding.detector;
  const related = series.filter(one => detector !== undefined && one.detectors.includes(detector));
  if (related.length > 0) return related.slice(0, 3);
  const general = series.filter(one => FIRST.includes(one.id));
  return (general.length > 0 ? general : series).slice(0, 3);
}

export function Plots() {
  if (series.length === 0) return <p class="noplots">No signals were kept for plotting.</p>;
  const now = shown();
  const set = (ids: string[]) => {
    chosen.value = new Set(ids);
  };
  const ids = now.map(one => one.id);
  return (
    <div class="plots">
      <div class="row plotbar">
        <span class="label">Signals</span>
        <div class="choices">
          {now.map(one => (
            <button
              key={one.id}
              type="button"
              class="choice"
              title={`Hide. Read by: ${readers(one)}`}
              onClick={() => set(ids.filter(id => id !== one.id))}
            >
              {one.title} <span aria-hidden="true">×</span>
              <span class="unseen">: hide</span>
            </button>
          ))}
          {series.length > now.length && (
            <select
              class="add"
              aria-label="Add a signal"
              value=""
              onChange={event => {
                set([...ids, event.currentTarget.value]);
                event.currentTarget.value = '';
              }}
            >
              <option value="">Add a signal…</option>
              {series
                .filter(one => !now.includes(one))
                .map(one => (
                  <option key={one.id} value={one.id}>
                    {one.title}
                  </option>
                ))}
            </select>
          )}
          {chosen.value && (
            <button
              type="button"
              class="choice reset"
              onClick={() => {
                chosen.value = null;
              }}
            >
              Follow selection
            </button>
          )}
        </div>
      </div>
      {now.map(one => (
        <Plot key={one.id} series={one} />
      ))}
    </div>
  );
}

const HEIGHT = 92;
const STEPPED = uPlot.paths.stepped?.({ align: 1 });

/** The style sheet's narrow layout, in which lanes and plots have no gutter. */
const query = matchMedia('(max-width: 600px)');
const narrow = signal(query.matches);
query.addEventListener('change', () => {
  narrow.value = query.matches;
});

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function Plot({ series: one }: { series: PlotSeries }) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = box.current!;
    // The plot begins where the tracks begin: its axis takes exactly the lanes' gutter, or none.
    const gutter = Number.parseFloat(css('--gutter')) || 0;
    const [x, y] = steps(one, one.values);
    const other = one.beside && steps(one, one.beside.values)[1];
    const made = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [10, 0, 6, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: () => view.value }, y: { range: padded } },
        axes: [
          { show: false },
          {
            show: gutter > 0,
            size: gutter,
            stroke: css('--mute'),
            font: '11px system-ui, sans-serif',
            grid: { stroke: css('--grid'), width: 1 },
            ticks: { show: false },
            space: 24,
            gap: 8,
          },
        ],
        series: [
          {},
          {
            stroke: css('--trace'),
            width: 1.5,
            ...(other ? {} : { fill: css('--trace-fill') }),
            points: { show: false },
            paths: STEPPED,
          },
          ...(other
            ? [{ stroke: css('--beside'), width: 1.5, dash: [5, 3], points: { show: false }, paths: STEPPED }]
            : []),
        ],
        hooks: { drawClear: [drawBands] },
      },
      other ? [x, y, other] : [x, y],
      element,
    );
    plot.current = made;
    const resize = new ResizeObserver(() => {
      if (element.clientWidth > 0 && element.clientWidth !== made.width)
        made.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [one, theme.value, narrow.value]);
  useEffect(() => plot.current?.redraw(false, true), [view.value, selected.value]);
  useEffect(() => {
    const [min, max] = view.value;
    plot.current?.setScale('x', { min, max });
  }, [view.value]);
  const now = (values: PlotSeries['values']) => {
    const value = values[Math.floor(frame.value / one.every)];
    return value === null || value === undefined ? '–' : Number(value.toPrecision(3));
  };
  return (
    <div class="plot">
      <p class="plottitle">
        {one.beside && <span class="key" aria-hidden="true" />}
        {one.title} <b>{now(one.values)}</b> {one.unit}
        {one.beside && (
          <>
            <span class="key beside" aria-hidden="true" />
            {one.beside.title} <b>{now(one.beside.values)}</b>
          </>
        )}
      </p>
      <div
        class="canvas"
        ref={box}
        role="img"
        aria-label={`${one.title}${one.beside ? ` beside ${one.beside.title}, dashed,` : ''} over the clip${one.unit ? ` in ${one.unit}` : ''}. ${summary(one)}`}
      />
    </div>
  );
}

/** Values as steps that last to the end of the last frame. */
function steps({ every }: PlotSeries, values: PlotSeries['values']): [number[], (number | null)[]] {
  const x = values.map((_, i) => i * every);
  return [
    [...x, base.frames],
    [...values, values.at(-1) ?? null],
  ];
}

/** Room above and below; a flat line lies in the middle. */
const padded = (_plot: uPlot, min: number | null, max: number | null): [number, number] => {
  if (min === null || max === null) return [0, 1];
  if (min === max) return [min - 1, max + 1];
  const room = (max - min) * 0.08;
  return [min >= 0 && min < max - min ? 0 : min - room, max + room];
};

function summary({ values }: PlotSeries): string {
  const known = values.filter(value => value !== null);
  if (known.length === 0) return 'Nothing was measured.';
  const low = known.reduce((a, b) => Math.min(a, b));
  const high = known.reduce((a, b) => Math.max(a, b));
  return `From ${Number(low.toPrecision(3))} to ${Number(high.toPrecision(3))}.`;
}

/** The selected finding, or all of them faintly, as bands behind the trace. */
function drawBands(plot: uPlot): void {
  const { ctx, bbox } = plot;
  ctx.save();
  for (const item of findingItems) {
    const chosen = item.key === selected.value;
    const left = plot.valToPos(item.finding.start, 'x', true);
    const right = plot.valToPos(item.finding.end, 'x', true);
    const from = Math.max(bbox.left, left);
    const until = Math.min(bbox.left + bbox.width, right);
    if (until <= from) continue;
    ctx.globalAlpha = chosen ? 0.22 : 0.05;
    ctx.fillStyle = css(`--${concernOf(item)}`);
    ctx.fillRect(from, bbox.top, Math.max(1, until - from), bbox.height);
  }
  ctx.restore();
}

/** Titles of the detectors that read a signal, for a tooltip. */
const readers = (one: PlotSeries): string => one.detectors.map(titleOf).join(', ') || 'no detector';
