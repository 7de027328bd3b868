import { TOTALS } from './totals.ts';

/** Names of the measures of a boundary, in order. */
export const CONTINUITY_FEATURES: readonly string[] = [
  ...TOTALS.flatMap(name => [name, `${name}Over`, `${name}Beside`, `${name}Least`]),
  ...['cameraShare', 'inside', 'interval', 'heldBefore', 'heldAround'],
  ...['levelStep', 'levelStepBeside', 'levelStays', 'levelAgree', 'gain', 'gainStays'],
  ...[1, 2, 4].flatMap(m => [`far${m}`, `farOver${m}`]),
  ...['left', 'level', 'chroma', 'unlike', 'alone', 'step', 'once', 'gap'].flatMap(name => [
    `${name}Top`,
    `${name}Top3`,
    `${name}Middle`,
  ]),
  ...[
    'loose',
    'spikes',
    'cells',
    'weight',
    'share',
    'fill',
    'edge',
    'mean',
    'step',
    'once',
    'outline',
    'levelSigned',
  ].map(name => `part-${name}`),
  ...[
    'chroma',
    'left',
    'unlike',
    'gap',
    'localBefore',
    'localAfter',
    'leftBefore',
    'leftAfter',
    'secondShare',
    'apart',
  ].map(name => `part-${name}`),
];
