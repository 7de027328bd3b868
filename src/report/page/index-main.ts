import './index.css';

const list = document.querySelector<HTMLElement>('.clips')!;
const rows = [...list.children] as HTMLElement[];
const search = document.querySelector<HTMLInputElement>('#search')!;
const sort = document.querySelector<HTMLSelectElement>('#sort')!;
const shown = document.querySelector<HTMLElement>('#shown')!;
const nothing = document.querySelector<HTMLElement>('.nothing')!;
const filters = [...document.querySelectorAll<HTMLButtonElement>('[data-decision]')];
const views = [...document.querySelectorAll<HTMLButtonElement>('[data-view]')].filter(one => one !== list);

interface Row {
  element: HTMLElement;
  decision: string;
  place: number;
  findings: number;
  usable: number;
  seconds: number;
  name: string;
  /** Filled on the first search: reading the text of thousands of rows is not free. */
  text?: string;
}

const clips: Row[] = rows.map(element => ({
  element,
  decision: element.dataset.d ?? '',
  place: Number(element.dataset.p),
  findings: Number(element.dataset.f),
  usable: Number(element.dataset.u),
  seconds: Number(element.dataset.s),
  name: element.querySelector('.name')?.textContent ?? '',
}));

const collator = new Intl.Collator(undefined, { numeric: true });
const ORDERS: Record<string, (a: Row, b: Row) => number> = {
  worst: (a, b) => a.place - b.place,
  name: (a, b) => collator.compare(a.name, b.name),
  findings: (a, b) => b.findings - a.findings || a.place - b.place,
  usable: (a, b) => a.usable - b.usable || a.place - b.place,
  length: (a, b) => b.seconds - a.seconds || a.place - b.place,
};

function filter(): void {
  const wanted = new Set(filters.filter(one => one.ariaPressed === 'true').map(one => one.dataset.decision));
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const clip of clips) {
    let fits = wanted.has(clip.decision);
    if (fits && words.length > 0) {
      clip.text ??= (clip.element.textContent ?? '').toLowerCase();
      fits = words.every(word => clip.text!.includes(word));
    }
    clip.element.hidden = !fits;
    if (fits) count++;
  }
  shown.textContent = count === clips.length ? `${count} clips` : `${count} of ${clips.length} clips`;
  nothing.hidden = count > 0;
}

let pending = 0;
search.addEventListener('input', () => {
  clearTimeout(pending);
  pending = window.setTimeout(filter, 80);
});
for (const button of filters)
  button.addEventListener('click', () => {
    button.ariaPressed = button.ariaPressed === 'true' ? 'false' : 'true';
    filter();
  });
sort.addEventListener('change', () => {
  clips.sort(ORDERS[sort.value] ?? ORDERS.worst);
  list.append(...clips.map(clip => clip.element));
});
for (const button of views)
  button.addEventListener('click', () => {
    list.dataset.view = button.dataset.view;
    for (const one of views) one.ariaPressed = String(one === button);
  });

const root = document.documentElement;
root.dataset.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
document.querySelector('#theme')!.addEventListener('click', () => {
  root.dataset.theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
});
addEventListener('keydown', event => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
});
root.dataset.ready = 'true';
