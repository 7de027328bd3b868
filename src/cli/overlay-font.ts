/** Letters five pixels wide and seven high; each character of a glyph is one row, base 32, the leftmost pixel worth 16. */
const GLYPHS: Record<string, string> = {
  '0': 'ehjlphe',
  '1': '4c4444e',
  '2': 'eh168gv',
  '3': 'eh161he',
  '4': '26aiv22',
  '5': 'vgu11he',
  '6': '68guhhe',
  '7': 'v124888',
  '8': 'ehhehhe',
  '9': 'ehhf12c',
  A: 'ehhvhhh',
  B: 'uhhuhhu',
  C: 'ehggghe',
  D: 'uhhhhhu',
  E: 'vgguggv',
  F: 'vgguggg',
  G: 'ehgnhhf',
  H: 'hhhvhhh',
  I: 'e44444e',
  J: '72222ic',
  K: 'hikokih',
  L: 'ggggggv',
  M: 'hrllhhh',
  N: 'hpljhhh',
  O: 'ehhhhhe',
  P: 'uhhuggg',
  Q: 'ehhhlid',
  R: 'uhhukih',
  S: 'fgge11u',
  T: 'v444444',
  U: 'hhhhhhe',
  V: 'hhhhha4',
  W: 'hhhllrh',
  X: 'hha4ahh',
  Y: 'hha4444',
  Z: 'v1248gv',
  '.': '00000cc',
  ':': '0cc0cc0',
  '-': '000v000',
  '+': '044v440',
  '%': 'pp248jj',
  '/': '11248gg',
  '?': 'eh16404',
};

export const GLYPH = { width: 5, height: 7, advance: 6 } as const;

/** Calls `dot` for every set pixel of the text; characters that there is no glyph for are shown as a question mark. */
export function eachTextPixel(text: string, dot: (x: number, y: number) => void): void {
  let left = 0;
  for (const character of text.toUpperCase()) {
    const glyph = character === ' ' ? '' : (GLYPHS[character] ?? GLYPHS['?']);
    for (let row = 0; row < glyph.length; row++) {
      const bits = Number.parseInt(glyph[row], 32);
      for (let column = 0; column < GLYPH.width; column++) {
        if (bits & (16 >> column)) dot(left + column, row);
      }
    }
    left += GLYPH.advance;
  }
}
