import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { ReviewEntry } from '../review/decisions.ts';
import {
  annotationOf,
  type Dialog,
  dialog,
  entries,
  type FindingItem,
  findingItems,
  frames,
  live,
  report,
  serverToken,
  titleOf,
  unsaved,
} from './state.ts';

const remembered = 'retake-reviewer';
/** Who is deciding. Kept by the browser between reports where it allows that. */
const who = signal(recall());
const problem = signal('');

function recall(): string {
  try {
    return localStorage.getItem(remembered) ?? '';
  } catch {
    return '';
  }
}

function remember(name: string): void {
  who.value = name;
  try {
    localStorage.setItem(remembered, name);
  } catch {}
}

type Said = Pick<ReviewEntry, 'action'> & Partial<Pick<ReviewEntry, 'reason' | 'until' | 'text'>>;

/** Records a decision: with the review server beside the report, otherwise on this page until it is exported. */
export async function decide(key: string, said: Said): Promise<boolean> {
  if (who.value.trim() === '') {
    if (said.action === 'agree' || said.action === 'reopen') dialog.value = { kind: 'name', key, action: said.action };
    return false;
  }
  const entry: ReviewEntry = {
    v: 1,
    at: new Date().toISOString(),
    clip: report.clip.sha256,
    finding: key,
    who: who.value.trim(),
    ...said,
  };
  problem.value = '';
  if (serverToken !== '') {
    try {
      const answer = await fetch('review', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-retake-review': serverToken },
        body: JSON.stringify({ finding: key, who: entry.who, ...said }),
      });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.error ?? answer.statusText);
      entries.value = body.entries;
    } catch (thrown) {
      problem.value = `Not saved: ${thrown instanceof Error ? thrown.message : 'the review server does not answer'}`;
      live.value = problem.value;
      return false;
    }
  } else {
    entries.value = [...entries.value, entry];
    unsaved.value = [...unsaved.value, entry];
  }
  const words = { agree: 'Agreed', waive: 'Waived', reopen: 'Opened again', note: 'Note added' };
  live.value = `${words[said.action]}.`;
  return true;
}

/** With the review server: what was decided since, also in other tabs. */
export async function loadDecisions(): Promise<void> {
  if (serverToken === '') return;
  const load = async () => {
    try {
      const answer = await fetch('review');
      if (answer.ok) entries.value = (await answer.json()).entries;
    } catch {}
  };
  addEventListener('focus', load);
  await load();
}

/** Hands the page's own decisions to the browser as a review file, one JSON line per decision. */
export function exportDecisions(): void {
  const lines = unsaved.value.map(entry => `${JSON.stringify(entry)}\n`).join('');
  const url = URL.createObjectURL(new Blob([lines], { type: 'application/json' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = 'review.json';
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** The state of the review in a card, whether open or not: a waiver never hides that the finding exists. */
export function ReviewLine({ item }: { item: FindingItem }) {
  const { status, who: by, reason, until, notes } = annotationOf(item.key);
  if (status === 'open' && notes.length === 0) return null;
  return (
    <div class={`reviewline reviewline-${status}`}>
      {status === 'agreed' && (
        <p>
          <b>Agreed</b> by {by}
        </p>
      )}
      {(status === 'waived' || status === 'expired') && (
        <p>
          <b>{status === 'waived' ? 'Waived' : 'Waiver expired'}</b> by {by}
          {until && ` until ${until}`}: {reason}
        </p>
      )}
      {notes.map(note => (
        <p key={note.at + note.text}>
          <b>{note.who}</b> {note.text}
        </p>
      ))}
    </div>
  );
}

export function ReviewControls({ item }: { item: FindingItem }) {
  const { status } = annotationOf(item.key);
  const settled = status === 'agreed' || status === 'waived';
  return (
    <fieldset class="controls" aria-label="Your decision">
      <button
        type="button"
        class="button"
        aria-pressed={status === 'agreed'}
        aria-keyshortcuts="A"
        onClick={() => decide(item.key, { action: status === 'agreed' ? 'reopen' : 'agree' })}
      >
        Agree
      </button>
      <button
        type="button"
        class="button"
        aria-keyshortcuts="W"
        onClick={() => {
          dialog.value = { kind: 'waive', key: item.key };
        }}
      >
        Waive…
      </button>
      <button
        type="button"
        class="button"
        onClick={() => {
          dialog.value = { kind: 'note', key: item.key };
        }}
      >
        Note…
      </button>
      {settled && (
        <button type="button" class="button quiet" onClick={() => decide(item.key, { action: 'reopen' })}>
          Open again
        </button>
      )}
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
    </fieldset>
  );
}

const KEYS: [string, string][] = [
  ['N / P', 'Next / previous in the list'],
  ['Space', 'Play or pause'],
  ['J  K  L', 'Backward, stop, forward; again for faster'],
  ['← / →', 'One frame'],
  ['Shift + ← / →', 'Ten frames'],
  ['↑ / ↓', 'Previous / next cut'],
  ['Home / End', 'First / last frame'],
  ['I / O', 'First / last frame of the selected finding'],
  ['+ / − / 0', 'Zoom in, out, whole clip'],
  ['A', 'Agree with the selected finding'],
  ['W', 'Waive the selected finding'],
  ['M', 'Sound on or off'],
  ['T', 'Light or dark'],
  ['?', 'This list'],
];

export function Dialogs() {
  const shown = dialog.value;
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (shown && !element.current?.open) element.current?.showModal();
  }, [shown]);
  if (!shown) return null;
  const close = () => {
    dialog.value = null;
  };
  return (
    <dialog ref={element} class="dialog" onClose={close} aria-labelledby="dialog-title">
      {shown.kind === 'keys' ? (
        <>
          <h2 id="dialog-title" class="dialog-title">
            Keyboard
          </h2>
          <dl class="keys">
            {KEYS.map(([keys, means]) => (
              <div key={keys} class="keys-row">
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{means}</dd>
              </div>
            ))}
          </dl>
          <div class="actions">
            <button type="button" class="button" onClick={close}>
              Close
            </button>
          </div>
        </>
      ) : (
        <DecisionForm asked={shown} close={close} />
      )}
    </dialog>
  );
}

const HEADINGS = { waive: 'Waive this finding', note: 'Add a note', agree: 'Agree', reopen: 'Open again' };
const BUTTONS = { waive: 'Waive', note: 'Add note', agree: 'Agree', reopen: 'Open again' };

function DecisionForm({ asked, close }: { asked: Exclude<Dialog, { kind: 'keys' }>; close: () => void }) {
  const action = asked.kind === 'name' ? asked.action : asked.kind;
  const words = action === 'waive' ? 'Reason' : action === 'note' ? 'Note' : null;
  const item = findingItems.find(one => one.key === asked.key);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const read = (name: string) => String(form.get(name) ?? '').trim();
    remember(read('who'));
    const until = read('until');
    const said: Said =
      action === 'note'
        ? { action, text: read('words') }
        : action === 'waive'
          ? { action, reason: read('words'), ...(until ? { until } : {}) }
          : { action };
    if (await decide(asked.key, said)) close();
  };
  return (
    <form onSubmit={submit}>
      <h2 id="dialog-title" class="dialog-title">
        {HEADINGS[action]}
      </h2>
      {item && (
        <p class="quiet">
          {titleOf(item.finding.detector)}, {frames(item.finding.start, item.finding.end)}: {item.finding.message}
        </p>
      )}
      {words && (
        <label class="formfield">
          {words}
          <textarea name="words" required maxLength={2000} rows={3} />
        </label>
      )}
      <label class="formfield">
        Your name
        <input name="who" required maxLength={120} autoComplete="name" defaultValue={who.value} />
      </label>
      {action === 'waive' && (
        <>
          <label class="formfield">
            Until (the last day; leave empty for no end)
            <input name="until" type="date" />
          </label>
          <p class="quiet">The finding stays in every report. It stops counting for the verdict of these same bytes.</p>
        </>
      )}
      {problem.value && (
        <p class="problem" role="alert">
          {problem.value}
        </p>
      )}
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          Cancel
        </button>
        <button type="submit" class="button primary">
          {BUTTONS[action]}
        </button>
      </div>
    </form>
  );
}
