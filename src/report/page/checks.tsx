import type { Outcome } from '../../finding.ts';
import { LABELS, type Mark, MarkIcon } from './marks.tsx';
import { allItems, CONCERNS, cardOf, concernOf, type Item, report, select, titleOf } from './state.ts';

const { policy } = report;

/** Outcomes by check, each with what matters most of it: a matrix of checks and shots. */
const matrix = [...new Set(report.outcomes.map(outcome => outcome.detector))]
  .map(detector => {
    const outcomes = report.outcomes.filter(outcome => outcome.detector === detector);
    const worst = [...outcomes].sort((a, b) => (b.score ?? -1) - (a.score ?? -1))[0];
    return { detector, outcomes, worst };
  })
  .sort((a, b) => titleOf(a.detector).localeCompare(titleOf(b.detector)));

export function Checks() {
  return (
    <section class="section" aria-label="Every check">
      <div class="sectionhead">
        <h2>Every check</h2>
        <span class="quiet">
          {matrix.length} checks, {report.outcomes.length} outcomes, policy “{policy.name}”
        </span>
      </div>
      <div class="matrix">
        {matrix.map(({ detector, outcomes, worst }) => (
          <div class="matrixrow" key={detector}>
            <h3>{titleOf(detector)}</h3>
            <ul class="cells" aria-label={`${titleOf(detector)}: results`}>
              {outcomes.map(outcome => (
                <li key={outcome.shot}>
                  <Result outcome={outcome} />
                </li>
              ))}
            </ul>
            <p class="measurements">{worst.status === 'ran' ? <Figures outcome={worst} /> : worst.reason}</p>
            <p class="source">{cardOf(detector)?.source}</p>
          </div>
        ))}
      </div>
    </section>
  );
}

const rounded = (value: unknown): string =>
  typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value ?? '–');

function Figures({ outcome }: { outcome: Outcome }) {
  return (
    <>
      {outcome.score !== null && (
        <span>
          score <b>{outcome.score.toFixed(2)}</b>
        </span>
      )}
      {Object.entries(outcome.measurements)
        .slice(0, 5)
        .map(([name, value]) => (
          <span key={name}>
            {words(name)} <b>{rounded(value)}</b>
          </span>
        ))}
    </>
  );
}

const words = (name: string): string => name.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** One check on one shot: its state, and a way to the finding. */
function Result({ outcome }: { outcome: Outcome }) {
  const where = outcome.shot ?? 'clip';
  if (outcome.status !== 'ran') {
    const item = allItems.find(
      one => one.type === 'check' && one.detectors.includes(outcome.detector) && one.shots.includes(outcome.shot),
    );
    return (
      <Cell
        mark={outcome.status}
        where={where}
        says={`${LABELS[outcome.status]}: ${outcome.reason ?? ''}`}
        item={item}
      />
    );
  }
  const said = `Score ${outcome.score?.toFixed(2) ?? '–'}`;
  if (outcome.findings.length === 0) return <Cell mark="pass" where={where} says={`Clean. ${said}`} />;
  const items = allItems.filter(one => one.type === 'finding' && one.outcome === outcome);
  const worst = items.sort((a, b) => CONCERNS.indexOf(concernOf(a)) - CONCERNS.indexOf(concernOf(b)))[0];
  const count = `${items.length} ${items.length === 1 ? 'finding' : 'findings'}`;
  return <Cell mark={concernOf(worst)} where={where} says={`${count}. ${said}`} item={worst} />;
}

function Cell({ mark, where, says, item }: { mark: Mark; where: string; says: string; item?: Item }) {
  const inside = (
    <>
      <MarkIcon of={mark} size={14} />
      {where}
      <span class="unseen">. {says}</span>
    </>
  );
  return item ? (
    <button type="button" class={`chip chip-${mark}`} title={says} onClick={() => select(item)}>
      {inside}
    </button>
  ) : (
    <span class={`chip chip-${mark}`} title={says}>
      {inside}
    </span>
  );
}
