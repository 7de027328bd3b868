/**
 * Lip-sync on speakers that the model never saw, beside energy × aperture: offsets through real re-encoding, swapped
 * sound, stretched sound, splices, noise, lips without speech and speech without lips, clips as published, cost,
 * and what more data does.
 *
 *     npm run bench:sync -- <folder of talking clips> [offsets|calibration|swap|drift|splice|noise|robust|closures|stretches|untouched|published|evidence|cost|data …]
 *
 * Wants what `training/lip-sync/extract.ts` and `train.py` left under training/cache. Public clips are not at zero:
 * every figure is against the clip's own offset, told from the whole of it, plus what was done to it.
 */

import { calibration } from './sync/calibration.ts';
import { changes } from './sync/changes.ts';
import { closureTables } from './sync/closures.ts';
import { dataTables } from './sync/data.ts';
import { evidence } from './sync/evidence.ts';
import { talkers } from './sync/material.ts';
import { noise } from './sync/noise.ts';
import { offsets } from './sync/offsets.ts';
import { asPublished, cost } from './sync/published.ts';
import { robust } from './sync/robust.ts';
import { stretches, untouched } from './sync/stretches.ts';
import { swapped } from './sync/swap.ts';

const [folder, ...parts] = process.argv.slice(2).filter(argument => argument !== '--');
if (folder === undefined) throw new Error('name the folder of talking clips');
const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
const SEEN = 'training/cache/lip-sync/seen';
const FOLDS = 'training/cache/lip-sync/folds';

const all = await talkers(folder, SEEN, FOLDS);
const seconds = all.reduce((sum, { mouth }) => sum + mouth.length / 50, 0);
console.log(`${all.length} clips, ${Math.round(seconds)} s of unseen speakers`);

if (wanted('offsets')) await offsets(all);
if (wanted('offsets') || wanted('calibration')) await calibration(FOLDS);
if (wanted('swap')) swapped(all);
if (wanted('drift') || wanted('splice')) await changes(all, wanted);
if (wanted('noise')) noise(all);
if (wanted('robust')) await robust(all, 'bench/cache/sync-robust');
if (wanted('closures')) await closureTables(all, 'training/cache/lip-sync/spoken.json');
if (wanted('stretches')) await stretches(all, SEEN);
if (wanted('untouched')) await untouched(all, SEEN);
if (wanted('published')) asPublished(all);
if (wanted('evidence')) await evidence(all, SEEN, 'training/cache/lip-sync/without-driven');
if (wanted('cost')) cost(all);
if (wanted('data')) await dataTables('training/cache/lip-sync');
