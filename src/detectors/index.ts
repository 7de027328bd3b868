import { avLength } from './av-length.ts';
import { black } from './black.ts';
import { cadence } from './cadence.ts';
import { clipping } from './clipping.ts';
import { continuityJump } from './continuity-jump.ts';
import { deadChannel } from './dead-channel.ts';
import { decodeErrors } from './decode-errors.ts';
import type { AnyDetector } from './detector.ts';
import { environmentConsistency } from './environment-consistency.ts';
import { flashes } from './flashes.ts';
import { flicker } from './flicker.ts';
import { freeze } from './freeze.ts';
import { handIntegrity } from './hand-integrity.ts';
import { legalRange } from './legal-range.ts';
import { letterbox } from './letterbox.ts';
import { lipSync } from './lip-sync.ts';
import { loudness } from './loudness.ts';
import { morphing } from './morphing.ts';
import { noAudio } from './no-audio.ts';
import { phase } from './phase.ts';
import { physicsSanity } from './physics-sanity.ts';
import { sharpness } from './sharpness.ts';
import { silence } from './silence.ts';
import { truePeak } from './true-peak.ts';
import { wardrobe } from './wardrobe.ts';

/** Every detector, in the order of the report: the picture, lips and sound, the container, the sound. */
export const detectors: readonly AnyDetector[] = [
  black,
  freeze,
  cadence,
  flicker,
  flashes,
  sharpness,
  letterbox,
  legalRange,
  continuityJump,
  environmentConsistency,
  physicsSanity,
  morphing,
  wardrobe,
  handIntegrity,
  lipSync,
  decodeErrors,
  avLength,
  noAudio,
  silence,
  deadChannel,
  phase,
  clipping,
  truePeak,
  loudness,
];

/** The detector with that id, or undefined. */
export const detectorById = (id: string): AnyDetector | undefined => detectors.find(({ meta }) => meta.id === id);
