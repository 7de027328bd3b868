/**
 * How well breaks of continuity are found: `npm run bench:continuity -- <data folder> [jump|cuts|environment|physics|physics-fit|feet|periodic|through|released|people|flow]`.
 *
 * `jump`: planted appearing, vanishing, jumps, light and held frames, and what is reported on untouched takes, by trees that
 * have not seen the source. `cuts`: hard cuts beside an adaptive rule and ffmpeg's filter. `environment`, `physics`: the checks of those names. `physics-fit`: the weights that the latter uses. `people`: clothes and hair. `flow`: accuracy and cost of dense flow.
 */
const PARTS = [
  'jump',
  'cuts',
  'environment',
  'physics',
  'physics-fit',
  'feet',
  'periodic',
  'through',
  'released',
  'people',
  'flow',
];

const [folder, part = 'jump'] = process.argv.slice(2);
if (!folder || !PARTS.includes(part)) {
  console.error(`usage: npm run bench:continuity -- <data folder> [${PARTS.join('|')}]`);
  process.exit(2);
}
const name = part === 'flow' || part === 'cuts' ? `jump-${part}` : part;
const { run } = (await import(`./continuity/${name}.ts`)) as { run(folder: string): Promise<void> };
await run(folder);
