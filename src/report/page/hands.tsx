import { extras, goTo } from './state.ts';

/** Every judged hand over time, the most suspicious first: each crop takes the player to its frame. */
export function Hands() {
  const strips = extras.hands ?? [];
  if (strips.length === 0) return null;
  return (
    <section class="section" aria-label="Hands">
      <div class="sectionhead">
        <h2>Hands</h2>
        <span class="quiet">every hand that was looked at closely, upright, over time; the most suspicious first</span>
      </div>
      <ul class="handstrips">
        {strips.map(({ id, shot, looks, suspicion, frames, still }) => (
          <li key={id + shot}>
            <span class="quiet">
              hand {id.slice(1)}, {shot}, {looks} looks, suspicion {suspicion.toFixed(2)}
            </span>
            <span class="handrow" style={{ backgroundImage: `url(${still.src})`, aspectRatio: `${frames.length} / 1` }}>
              {frames.map(at => (
                <button key={at} type="button" onClick={() => goTo(at)} title={`frame ${at}`}>
                  <span class="unseen">Go to frame {at}</span>
                </button>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
