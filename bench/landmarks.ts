/**
 * Landmarks against MediaPipe's own tasks, and how many hands and faces are found.
 *
 *     npm run bench:landmarks -- <data folder> [agreement] [stills] [clips] [speed] [--quick]
 *
 * The folder holds `manifest.json`, `hands/correct` (stills), `footage` and `talking` (clips).
 */

import { agreements } from './landmarks/agreement.ts';
import { clipsFound } from './landmarks/clips.ts';
import type { Asked } from './landmarks/common.ts';
import { speed } from './landmarks/speed.ts';
import { stillsFound } from './landmarks/stills.ts';

const [folder, ...flags] = process.argv.slice(2).filter(argument => argument !== '--');
if (folder === undefined) throw new Error('name the data folder');
const asked: Asked = { folder, quick: flags.includes('--quick'), missed: flags.includes('--missed') };
const parts = flags.filter(flag => !flag.startsWith('--'));
const wanted = (part: string) => parts.length === 0 || parts.includes(part);

if (wanted('agreement')) await agreements(asked);
if (wanted('stills')) await stillsFound(asked);
if (wanted('clips')) await clipsFound(asked);
if (wanted('speed')) await speed(asked);
