import { CheckCard, FindingCard } from './card.tsx';
import { LABELS, MarkIcon } from './marks.tsx';
import { allItems, CONCERNS, counts, hidden, listed, onlyDetector, report, type Sort, sort, titleOf } from './state.ts';

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
