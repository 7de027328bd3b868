/** What one step of the reading network means when nothing is written there. */
const BLANK = 0;

/** A line as it was read. */
export interface Reading {
  text: string;
  /** Probability of each character (code unit of `text`), 0–1. */
  certainty: number[];
  /** Step of the network at which each character begins. */
  steps: number[];
}

/** Characters by class of the reading network, from the list that comes with it: class 0 is none, the last is a space. */
export const characterList = (bytes: Uint8Array): string[] => [
  '',
  ...new TextDecoder().decode(bytes).replace(/\r/g, '').replace(/\n$/, '').split('\n'),
  ' ',
];

/**
 * Reads the network's output: the likeliest class of every step, runs of one class taken once (connectionist temporal
 * classification, Graves et al., ICML 2006). What could do harm in a terminal or page is not in the list of characters, but for
 * marks, which become a middle dot.
 * @param probabilities `steps × classes`, row-major
 */
export function readLine(probabilities: Float32Array, steps: number, characters: readonly string[]): Reading {
  const classes = characters.length;
  const certainty: number[] = [];
  const at: number[] = [];
  let text = '';
  let before = BLANK;
  for (let step = 0; step < steps; step++) {
    let best = BLANK;
    const from = step * classes;
    let most = probabilities[from];
    for (let k = 1; k < classes; k++)
      if (probabilities[from + k] > most) {
        most = probabilities[from + k];
        best = k;
      }
    if (best === before && best !== BLANK) {
      certainty[certainty.length - 1] = Math.max(certainty[certainty.length - 1], most);
    } else if (best !== BLANK) {
      const character = plain(characters[best]);
      text += character;
      for (let unit = 0; unit < character.length; unit++) {
        certainty.push(most);
        at.push(step);
      }
    }
    before = best;
  }
  return { text, certainty, steps: at };
}

const plain = (character: string): string => (/^[\p{L}\p{N} ]$/u.test(character) ? character : '·');
