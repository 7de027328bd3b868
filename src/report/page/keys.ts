import { decide } from './review.tsx';
import {
  annotationOf,
  base,
  dialog,
  findingItems,
  frame,
  goTo,
  lastFrame,
  playing,
  report,
  selected,
  setView,
  step,
  theme,
  transport,
  zoom,
} from './state.ts';

const starts = [0, ...report.shots.map(shot => shot.start), lastFrame].sort((a, b) => a - b);

/** Pressed again in the same direction, a shuttle key doubles the speed, up to 8. */
function shuttle(direction: 1 | -1): void {
  const speed = playing.value * direction;
  transport.play(direction * (speed > 0 ? Math.min(8, speed * 2) : 1));
}

const chosen = () => findingItems.find(item => item.key === selected.value);

const ACTIONS: Record<string, (event: KeyboardEvent) => void> = {
  j: () => shuttle(-1),
  k: () => transport.play(0),
  l: () => shuttle(1),
  ' ': () => transport.play(playing.value === 0 ? 1 : 0),
  ArrowLeft: event => goTo(frame.value - (event.shiftKey ? 10 : 1)),
  ArrowRight: event => goTo(frame.value + (event.shiftKey ? 10 : 1)),
  ArrowUp: () => goTo(starts.findLast(start => start < frame.value) ?? 0),
  ArrowDown: () => goTo(starts.find(start => start > frame.value) ?? lastFrame),
  Home: () => goTo(0),
  End: () => goTo(lastFrame),
  n: () => step(1),
  p: () => step(-1),
  i: () => {
    const item = chosen();
    if (item) goTo(item.finding.start);
  },
  o: () => {
    const item = chosen();
    if (item) goTo(item.finding.end - 1);
  },
  a: () => {
    const item = chosen();
    if (item) void decide(item.key, { action: annotationOf(item.key).status === 'agreed' ? 'reopen' : 'agree' });
  },
  w: () => {
    const item = chosen();
    if (item) dialog.value = { kind: 'waive', key: item.key };
  },
  m: () => {
    const video = document.querySelector('video');
    if (video) video.muted = !video.muted;
  },
  t: () => {
    theme.value = theme.value === 'dark' ? 'light' : 'dark';
  },
  '+': () => zoom(1.6),
  '=': () => zoom(1.6),
  '-': () => zoom(1 / 1.6),
  '0': () => setView(0, base.frames),
  '?': () => {
    dialog.value = { kind: 'keys' };
  },
};

const TYPING = 'input:not([type=checkbox]), textarea, select, [contenteditable]';

/** The page's keys, except while somebody types or a dialog is open; Space stays the button's own on a button. */
export function listenForKeys(): () => void {
  const listener = (event: KeyboardEvent) => {
    if (dialog.value || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as Element;
    if (target.matches(TYPING)) return;
    if (event.key === ' ' && target.closest('button, summary, a, input')) return;
    const action = ACTIONS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action(event);
  };
  addEventListener('keydown', listener);
  return () => removeEventListener('keydown', listener);
}
