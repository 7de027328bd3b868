import 'uplot/dist/uPlot.min.css';
import './page.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { Checks } from './checks.tsx';
import { About, TopBar, VerdictBand } from './facts.tsx';
import { Findings } from './findings.tsx';
import { Hands } from './hands.tsx';
import { listenForKeys } from './keys.ts';
import { announcePlayhead, Player } from './player.tsx';
import { Dialogs, loadDecisions } from './review.tsx';
import { allItems, goTo, listed, live, printing, select, theme } from './state.ts';
import { Timeline } from './timeline.tsx';

/** Where to begin: what the address asks for (`#frame=97`, `#finding=<key>`), else the worst finding. */
function begin(): void {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const byKey = allItems.find(item => item.key === wanted.get('finding'));
  const first = byKey ?? listed.value.find(item => item.type === 'finding') ?? listed.value[0];
  if (first) select(first, { scroll: byKey !== undefined });
  const at = wanted.get('frame');
  if (at !== null && /^\d+$/.test(at)) goTo(Number(at));
}

function Page() {
  useEffect(() => {
    const stop = [
      listenForKeys(),
      announcePlayhead(text => {
        live.value = text;
      }),
    ];
    const print = (on: boolean) => () => {
      printing.value = on;
    };
    const before = print(true);
    const after = print(false);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    const moved = () => {
      if (/[#&](frame|finding)=/.test(location.hash)) begin();
    };
    addEventListener('hashchange', moved);
    begin();
    void loadDecisions();
    document.documentElement.dataset.ready = 'true';
    return () => {
      for (const end of stop) end();
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
      removeEventListener('hashchange', moved);
    };
  }, []);
  return (
    <>
      <TopBar />
      <VerdictBand />
      <main class="work">
        <div class="left">
          <Player />
          <Timeline />
        </div>
        <div class="right" id="findings-start" tabIndex={-1}>
          <Findings />
        </div>
      </main>
      <Hands />
      <Checks />
      <About />
      <Dialogs />
      <p class="unseen" role="status" aria-live="polite">
        {live.value}
      </p>
    </>
  );
}

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});
const root = document.getElementById('app');
if (root) {
  root.textContent = '';
  render(<Page />, root);
}
