import { LABELS, MarkIcon } from './marks.tsx';
import { Meter, Picture, StripRow } from './pictures.tsx';
import { ReviewControls, ReviewLine } from './review.tsx';
import {
  type CheckItem,
  cardOf,
  code,
  concernOf,
  extras,
  type FindingItem,
  frames,
  goTo,
  type Item,
  printing,
  seconds,
  secondsOf,
  select,
  selected,
  sentence,
  titleOf,
} from './state.ts';

const id = (item: Item) => `d-${item.key.replace(/[^a-z0-9]+/gi, '-')}`;

export function FindingCard({ item }: { item: FindingItem }) {
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

export function CheckCard({ item }: { item: CheckItem }) {
  const open = selected.value === item.key;
  const shots = item.shots.filter(shot => shot !== null);
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
              <b>{item.detectors.length === 1 ? titleOf(item.detectors[0]) : `${item.detectors.length} checks`}</b>{' '}
              <span class="kind">{item.status === 'error' ? 'could not judge' : 'skipped'}</span>
            </span>
          </span>
          <span class="message">{item.reason || 'No reason was given.'}</span>
          {item.detectors.length > 1 && <span class="quiet">{item.detectors.map(titleOf).join(', ')}</span>}
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
          {item.detectors.map(detector => {
            const about = cardOf(detector);
            return (
              about && (
                <p class="rule" key={detector}>
                  <b>{about.summary}</b> {about.source}
                </p>
              )
            );
          })}
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
