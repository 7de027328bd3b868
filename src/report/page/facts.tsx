import type { ComponentChildren } from 'preact';
import { MarkIcon } from './marks.tsx';
import { exportDecisions } from './review.tsx';
import {
  allItems,
  base,
  concernOf,
  counts,
  dialog,
  entries,
  findingItems,
  frames,
  goTo,
  printing,
  report,
  seconds,
  secondsOf,
  serverToken,
  theme,
  unsaved,
} from './state.ts';

const { clip, verdict, policy, tool } = report;
const rate = clip.fps.num / clip.fps.den;
const rateText = Number.isInteger(rate) ? String(rate) : rate.toFixed(3);
export const clipName = clip.path.split(/[\\/]/).pop() || clip.path;

export function TopBar() {
  const dark = theme.value === 'dark';
  return (
    <header class="topbar">
      <a class="brand" href="#findings-start" aria-label="Retake: skip to the findings">
        <svg viewBox="0 0 16 16" width="22" height="22" aria-hidden="true">
          <rect width="16" height="16" rx="3.5" />
          <path d="M5.2 4v8L12 8z" />
        </svg>
        Retake
      </a>
      <h1 title={clip.path}>{clipName}</h1>
      <p class="clipfacts">
        <span>
          {clip.width}×{clip.height}
        </span>
        <span>{rateText} fps</span>
        <span>{clip.frames} frames</span>
        <span>{seconds(clip.seconds)}</span>
        {clip.codec && <span>{clip.codec}</span>}
        <span>{clip.audio ? `${clip.audio.codec} ${clip.audio.layout}` : 'no sound'}</span>
      </p>
      <div class="buttons">
        {unsaved.value.length > 0 && (
          <button
            type="button"
            class="button primary"
            title="Saves review.json. It belongs beside the report: the next check reads it there."
            onClick={exportDecisions}
          >
            Export {unsaved.value.length} {unsaved.value.length === 1 ? 'decision' : 'decisions'}
          </button>
        )}
        {serverToken !== '' && <span class="saving">decisions are saved</span>}
        <button
          type="button"
          class="icon"
          aria-label={dark ? 'Light' : 'Dark'}
          title={`${dark ? 'Light' : 'Dark'} (T)`}
          onClick={() => {
            theme.value = dark ? 'light' : 'dark';
          }}
        >
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 1.6v10.8a5.4 5.4 0 0 1 0-10.8z" />
          </svg>
        </button>
        <button
          type="button"
          class="icon"
          aria-label="Keyboard"
          title="Keyboard (?)"
          onClick={() => {
            dialog.value = { kind: 'keys' };
          }}
        >
          ?
        </button>
      </div>
    </header>
  );
}

const WORDS = {
  pass: 'Pass',
  review: 'Review',
  regenerate: 'Regenerate',
  error: 'Could not judge',
} as const;

export function VerdictBand() {
  const waived = counts.value.get('waived') ?? 0;
  const shotsTo = (wanted: string) => verdict.shots.filter(shot => shot.decision === wanted).length;
  const bad = shotsTo('regenerate');
  const usable = verdict.usable.reduce((sum, range) => sum + secondsOf(range.end) - secondsOf(range.start), 0);
  const number = (concern: 'regenerate' | 'review' | 'error' | 'skipped') => counts.value.get(concern) ?? 0;
  return (
    <section class={`verdict verdict-${verdict.decision}`} aria-label="Verdict">
      <p class="decision">
        <MarkIcon of={verdict.decision} size={28} />
        <span>{WORDS[verdict.decision]}</span>
      </p>
      <p class="why">{headline(bad)}</p>
      <dl class="tally">
        <Tally label="regenerate" value={number('regenerate')} tone="regenerate" />
        <Tally label="review" value={number('review')} tone="review" />
        <Tally label="not judged" value={number('error')} tone="error" />
        <Tally label="skipped" value={number('skipped')} tone="skipped" />
        {waived > 0 && <Tally label="waived" value={waived} tone="waived" />}
        <Tally label={`usable of ${seconds(clip.seconds)}`} value={seconds(usable)} tone="pass" />
      </dl>
    </section>
  );
}

const Tally = ({ label, value, tone }: { label: string; value: number | string; tone: string }) => (
  <div class={value === 0 ? 'zero' : `tone-${tone}`}>
    <dd>{value}</dd>
    <dt>{label}</dt>
  </div>
);

function headline(bad: number): string {
  const shots = report.shots.length;
  const reasons = verdict.reasons ?? [];
  const more = reasons.length > 1 ? ` And ${reasons.length - 1} more.` : '';
  const first = reasons[0] ?? '';
  switch (verdict.decision) {
    case 'pass':
      return allItems.some(item => concernOf(item) === 'skipped')
        ? 'Nothing to stop it. Some checks had nothing to work on: see the list.'
        : 'Every check ran and nothing was found.';
    case 'regenerate':
      return `${bad} of ${shots} ${shots === 1 ? 'shot' : 'shots'} to generate again. ${first}${more}`;
    default:
      return `${first}${more}`;
  }
}

/** Decisions about findings of these bytes that this report does not have: another version or policy found them. */
const orphans = () => {
  const keys = new Set(findingItems.map(item => item.key));
  return entries.value.filter(entry => entry.clip === clip.sha256 && !keys.has(entry.finding));
};

export function About() {
  const tags = Object.entries(clip.tags ?? {});
  const models = Object.entries(tool.models);
  return (
    <details class="section" open={printing.value}>
      <summary>
        <h2>About this report</h2> <span class="quiet">clip, policy, tool</span>
      </summary>
      <div class="about">
        <dl>
          <Fact name="File">{clip.path}</Fact>
          <Fact name="SHA-256">{clip.sha256}</Fact>
          <Fact name="Picture">
            {[
              clip.codec,
              clip.pixelFormat,
              clip.hdr ? `HDR ${clip.hdr}` : '',
              clip.rotation ? `rotated ${clip.rotation}°` : '',
            ]
              .filter(Boolean)
              .join(', ')}
          </Fact>
          <Fact name="Rate">
            {clip.fps.num}/{clip.fps.den} fps{clip.variableFrameRate ? ', variable' : ''}
          </Fact>
          {clip.audio && (
            <Fact name="Sound">
              {clip.audio.codec}, {clip.audio.sampleRate} Hz, {clip.audio.layout}, {seconds(clip.audio.seconds)}
            </Fact>
          )}
          {verdict.usable.length > 0 && (
            <Fact name="Usable">
              {verdict.usable.map(range => (
                <button key={range.start} type="button" class="link" onClick={() => goTo(range.start)}>
                  {frames(range.start, range.end)}
                </button>
              ))}
            </Fact>
          )}
          <Fact name="Policy">
            {policy.name}, {policy.hash}
          </Fact>
          <Fact name="Tool">
            {tool.name} {tool.version}
          </Fact>
          {models.map(([name, hash]) => (
            <Fact key={name} name={`Model ${name}`}>
              {hash}
            </Fact>
          ))}
          <Fact name="Judged">
            {report.timing.startedAt},{' '}
            {Math.round(Object.values(report.timing.milliseconds).reduce((a, b) => a + b, 0))} ms for {base.frames}{' '}
            frames
          </Fact>
          {orphans().map(entry => (
            <Fact key={entry.at + entry.finding} name="Earlier decision">
              {entry.finding}: {entry.action}, {entry.who}, {entry.at.slice(0, 10)}. The finding is not there any more.
            </Fact>
          ))}
          {tags.map(([name, value]) => (
            <Fact key={`tag ${name}`} name={`Tag ${name}`}>
              {value}
            </Fact>
          ))}
        </dl>
      </div>
    </details>
  );
}

const Fact = ({ name, children }: { name: string; children: ComponentChildren }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);
