import { describe, expect, it } from 'vitest';
import type { Box } from '../../src/clip.ts';
import { boxAt } from '../../src/report/box-at.ts';

describe('the box of a finding', () => {
  const box: Box = [10, 10, 20, 20];

  it('stays where it is without a path, and is none where the whole picture is meant', () => {
    expect(boxAt({ box }, 7)).toEqual(box);
    expect(boxAt({}, 7)).toBeUndefined();
  });

  it('follows the path, and stays at its ends', () => {
    const path = [
      { frame: 10, box: [0, 0, 20, 20] as Box },
      { frame: 14, box: [40, 8, 24, 20] as Box },
      { frame: 16, box: [40, 8, 24, 20] as Box },
    ];
    expect(boxAt({ box, path }, 3)).toEqual(path[0].box);
    expect(boxAt({ box, path }, 10)).toEqual(path[0].box);
    expect(boxAt({ box, path }, 11)).toEqual([10, 2, 21, 20]);
    expect(boxAt({ box, path }, 14)).toEqual(path[1].box);
    expect(boxAt({ box, path }, 40)).toEqual(path[2].box);
  });
});
