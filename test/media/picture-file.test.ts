import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { madeClip } from '../../fixtures/made-clip.ts';
import { pictureAt, readPictureFile } from '../../src/media/picture-file.ts';
import { readReferences } from '../../src/media/references.ts';

const folder = await mkdtemp(join(tmpdir(), 'retake-picture-'));

/** Left half red, right half grey. */
async function picture(name: string, orientation = 1): Promise<string> {
  const rgb = Buffer.alloc(3 * 40 * 20);
  for (let i = 0; i < 800; i++) rgb.set(i % 40 < 20 ? [255, 0, 0] : [128, 128, 128], 3 * i);
  const path = join(folder, name);
  await sharp(rgb, { raw: { width: 40, height: 20, channels: 3 } })
    .withMetadata({ orientation })
    .toFile(path);
  return path;
}

describe('picture files', () => {
  it('become code values of limited range BT.709', async () => {
    const { y, u, v, width, chromaStride } = await pictureAt(await readPictureFile(await picture('a.png')), {
      width: 40,
      height: 20,
    });
    expect([width, chromaStride]).toEqual([40, 20]);
    expect([y[0], u[0], v[0]]).toEqual([63, 102, 240]);
    expect([y[39], u[19], v[19]]).toEqual([126, 128, 128]);
  });

  it('go by the matrix of the clip that they are compared with', async () => {
    const file = await readPictureFile(await picture('b.png'));
    const { y, v } = await pictureAt(file, { width: 40, height: 20 }, 'fill', 'smpte170m');
    expect([y[0], v[0]]).toEqual([81, 240]);
    expect([y[39], v[19]]).toEqual([126, 128]);
  });

  it('are turned as the camera was held, and cut to a shape rather than squeezed', async () => {
    const turned = await readPictureFile(await picture('c.jpg', 6));
    expect([turned.width, turned.height]).toEqual([20, 40]);
    const { y } = await pictureAt(await readPictureFile(await picture('d.png')), { width: 20, height: 20 }, 'cover');
    expect([y[0], y[19]]).toEqual([63, 126]);
    expect(y[9]).toBe(63);
  });

  it('are refused when they are none', async () => {
    const path = join(folder, 'not.png');
    await writeFile(path, 'nothing');
    await expect(readPictureFile(path)).rejects.toMatchObject({ code: 'policy-invalid' });
    await expect(readPictureFile(join(folder, 'missing.png'))).rejects.toMatchObject({ code: 'policy-invalid' });
  });

  it('are read as references in the size of what they are compared with', async () => {
    const clip = madeClip();
    const [one] = await readReferences([await picture('e.png')], clip, { width: 31, height: 17 });
    expect(one).toMatchObject({ name: 'e.png', picture: { width: 31, height: 17, chromaStride: 15 } });
    expect(await readReferences(['nowhere.png'], clip, undefined)).toEqual([]);
  });
});
