import type { Finding } from '../../finding.ts';
import { LABELS, MarkIcon } from './marks.tsx';
import { BoxLines, LandmarkLines } from './player.tsx';
import { ReviewControls, ReviewLine } from './review.tsx';
import {
  allItems,
  type CheckItem,
  CONCERNS,
  cardOf,
  code,
  concernOf,
  counts,
  extras,
  type FindingItem,
  frames,
  goTo,
  hidden,
  type Item,
  listed,
  onlyDetector,
  printing,
  report,
  type Sort,
  seconds,
  secondsOf,
  select,
  selected,
  sentence,
  sort,
  titleOf,
} from './state.ts';

const detectors = [
  ...new Set(report.outcomes.filter(o => o.status !== 'ran' || o.findings.length > 0).map(o => o.detector)),
];

/** Findings, and the checks that failed or were skipped, in one list. */
export function Findings() {
  const rows = listed.value;
  return (
    <section class="findings" aria-label="Findings">
      <div class="listbar">
        <h2>Findings</h2>
        <label class="field">
          <span class="unseen">Sort by</span>
          <select
            value={sort.value}
            onChange={event => {
              sort.value = event.currentTarget.value as Sort;
            }}
          >
            <option value="concern">Worst first</option>
            <option value="time">By time</option>
            <option value="confidence">By confidence</option>
            <option value="detector">By detector</option>
          </select>
        </label>
        <label class="field">
          <span class="unseen">Detector</span>
          <select
            value={onlyDetector.value}
            onChange={event => {
              onlyDetector.value = event.currentTarget.value;
            }}
          >
            <option value="">All detectors</option>
            {detectors.map(id => (
              <option key={id} value={id}>
                {titleOf(id)}
              </option>
            ))}
          </select>
        </label>
        <Filters />
      </div>
      {rows.length === 0 ? (
        <p class="nothing">
          <MarkIcon of="pass" size={20} />{' '}
          {allItems.length === 0 ? 'Nothing was found and every check ran.' : 'Nothing matches the filter.'}
        </p>
      ) : (
        <ol class="list">
          {rows.map(item => (
            <li key={item.key} data-key={item.key}>
              {item.type === 'finding' ? <FindingCard item={item} /> : <CheckCard item={item} />}
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Filters() {
  const toggle = (concern: (typeof CONCERNS)[number]) => {
    const next = new Set(hidden.value);
    if (!next.delete(concern)) next.add(concern);
    hidden.value = next;
  };
  return (
    <fieldset class="filters" aria-label="Show">
      {CONCERNS.filter(concern => (counts.value.get(concern) ?? 0) > 0).map(concern => (
        <button
          key={concern}
          type="button"
          class={`filter chip chip-${concern}`}
          aria-pressed={!hidden.value.has(concern)}
          onClick={() => toggle(concern)}
        >
          <MarkIcon of={concern} size={14} />
          {LABELS[concern]} <b>{counts.value.get(concern)}</b>
        </button>
      ))}
    </fieldset>
  );
}

const id = (item: Item) => `d-${item.key.replace(/[^a-z0-9]+/gi, '-')}`;

function FindingCard({ item }: { item: FindingItem }) {
  const { finding, outcome } = item;
  const open = selected.value === item.key;
  const concern = concernOf(item);
  const still = extras.stills[extras.strips[item.key]?.peak ?? finding.peak];
  return (
    <article class={`card card-${concern} ${open ? 'card-open' : ''}`}>
      <button
        type="button"
        class="cardhead"
        aria-expanded={open}
        aria-controls={id(item)}
        onClick={() => select(item, { scroll: false })}
      >
        <span class="thumb">
          {still && <Picture at={extras.strips[item.key]?.peak ?? finding.peak} finding={finding} concern={concern} />}
          {cardOf(finding.detector)?.medium === 'sound' && <span class="medium">sound</span>}
        </span>
        <span class="headtext">
          <span class="headline">
            <MarkIcon of={concern} />
            <span>
              <b>{titleOf(finding.detector)}</b> <span class="kind">{sentence(finding.kind).toLowerCase()}</span>
            </span>
          </span>
          <span class="message">{finding.message}</span>
          <span class="meta">
            <span class="timecode">{code(finding.start)}</span>
            <span>{frames(finding.start, finding.end)}</span>
            {outcome.shot && <span>{outcome.shot}</span>}
            <span>{LABELS[concern]}</span>
          </span>
        </span>
      </button>
      <ReviewLine item={item} />
      {(open || printing.value) && <Detail item={item} />}
    </article>
  );
}

function Detail({ item }: { item: FindingItem }) {
  const { finding, outcome } = item;
  const about = cardOf(finding.detector);
  const length = secondsOf(finding.end) - secondsOf(finding.start);
  return (
    <div class="detail" id={id(item)}>
      <StripRow item={item} />
      <dl class="numbers">
        <div class="wide">
          <dt>Measured against threshold</dt>
          <dd>
            <Meter measured={finding.measured} threshold={finding.threshold} unit={finding.unit} />
          </dd>
        </div>
        <div>
          <dt>Confidence</dt>
          <dd>
            <b>{Math.round(finding.confidence * 100)} %</b>
          </dd>
        </div>
        <div>
          <dt>Worst at</dt>
          <dd>
            <button type="button" class="link" onClick={() => goTo(finding.peak)}>
              frame {finding.peak}
            </button>
          </dd>
        </div>
        <div>
          <dt>From – to</dt>
          <dd>
            <button type="button" class="link" onClick={() => goTo(finding.start)}>
              {finding.start}
            </button>
            {' – '}
            <button type="button" class="link" onClick={() => goTo(finding.end - 1)}>
              {finding.end - 1}
            </button>
          </dd>
        </div>
        <div>
          <dt>Lasts</dt>
          <dd>{seconds(length)}</dd>
        </div>
        <div>
          <dt>Score in {outcome.shot ?? 'clip'}</dt>
          <dd>{outcome.score === null ? '–' : outcome.score.toFixed(2)}</dd>
        </div>
      </dl>
      {finding.advice && (
        <p class="advice">
          <b>Next take</b> {finding.advice}
        </p>
      )}
      {about && (
        <p class="rule">
          <b>{about.summary}</b> {about.source}
        </p>
      )}
      <ReviewControls item={item} />
    </div>
  );
}

/** Just before, at the worst, just after. Each picture takes the player there. */
function StripRow({ item }: { item: FindingItem }) {
  const strip = extras.strips[item.key];
  if (!strip) return null;
  const cells: [string, number | null][] = [
    ['before', strip.before],
    ['worst', strip.peak],
    ['after', strip.after],
  ];
  return (
    <div class="strip">
      {cells.map(([name, at]) =>
        at === null || !extras.stills[at] ? (
          <span key={name} class="cell empty">
            <span class="hole">{at === null ? 'no frame' : 'no still'}</span>
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
function Picture({ at, finding, concern }: { at: number; finding?: Finding; concern: string }) {
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
function Meter({ measured, threshold, unit }: { measured: number; threshold: number; unit: string }) {
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

function CheckCard({ item }: { item: CheckItem }) {
  const open = selected.value === item.key;
  const shots = item.shots.filter(shot => shot !== null);
  const about = cardOf(item.detector);
  return (
    <article class={`card card-${item.status} ${open ? 'card-open' : ''}`}>
      <button
        type="button"
        class="cardhead plain"
        aria-expanded={open}
        aria-controls={id(item)}
        onClick={() => select(item, { scroll: false })}
      >
        <span class="headtext">
          <span class="headline">
            <MarkIcon of={item.status} />
            <span>
              <b>{titleOf(item.detector)}</b>{' '}
              <span class="kind">{item.status === 'error' ? 'could not judge' : 'skipped'}</span>
            </span>
          </span>
          <span class="message">{item.reason || 'No reason was given.'}</span>
          <span class="meta">
            <span>
              {shots.length === 0 ? 'whole clip' : shots.slice(0, 8).join(', ') + (shots.length > 8 ? ' …' : '')}
            </span>
            {item.code && <span class="code">{item.code}</span>}
            <span>not a pass</span>
          </span>
        </span>
      </button>
      {(open || printing.value) && (
        <div class="detail" id={id(item)}>
          {about && (
            <p class="rule">
              <b>{about.summary}</b> {about.source}
            </p>
          )}
          <p class="quiet">
            {item.status === 'error'
              ? 'This check failed. Whether the fault is there is not known.'
              : 'This check had nothing to work on, so it says nothing about the clip.'}
          </p>
        </div>
      )}
    </article>
  );
}
