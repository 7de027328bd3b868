import { z } from 'zod';

/** Options of the check: limits with their sources, and how lips are read. */
export const options = z.object({
  early: z
    .number()
    .positive()
    .default(45)
    .describe('ms by which the sound may lead the lips: detectability in ITU-R BT.1359. EBU R37 allows 40'),
  late: z
    .number()
    .positive()
    .default(125)
    .describe('ms by which the sound may follow the lips: detectability in ITU-R BT.1359. EBU R37 allows 60'),
  drift: z
    .number()
    .positive()
    .default(5)
    .describe('ms per second by which the offset may grow; looked for where a face speaks for 8 s'),
  driftGain: z
    .number()
    .positive()
    .default(15)
    .describe('evidence (similarity summed over 20 ms steps) by which a slanted line must beat a level one'),
  jump: z.number().positive().default(80).describe('ms by which the offset must change at one place'),
  jumpGain: z
    .number()
    .positive()
    .default(150)
    .describe('evidence (similarity summed over 20 ms steps) by which two offsets must beat one'),
  confidence: z
    .number()
    .min(0)
    .max(1)
    .default(0.8)
    .describe('least probability that the estimate is within 84 ms; below it nothing is claimed'),
  match: z
    .number()
    .positive()
    .default(5)
    .describe(
      'least score with which the speech must belong to the mouth: of swapped speech 4 in 100 reach it and seem placed over 4 s, 1 in 100 over 8 s',
    ),
  seconds: z
    .number()
    .min(2)
    .default(4)
    .describe('s for which a face must be seen without a break while there is sound'),
  span: z.number().positive().default(24).describe('source pixels between the outer eye corners, least'),
  rate: z
    .number()
    .positive()
    .default(20)
    .describe('measured faces per second, least: the model was trained and tested at 24 to 30'),
  stretch: z.number().min(0.5).default(0.8).describe('s for which lips must speak in silence, or rest during speech'),
  strokes: z
    .number()
    .positive()
    .default(2)
    .describe(
      'openings and closings per second from which lips in silence speak; half of all stretches of speech have 3.7',
    ),
  still: z
    .number()
    .positive()
    .max(0.5)
    .default(0.18)
    .describe(
      'movement of lips at rest over their opening in speech, most; no 0.8 s of real speech had less than 0.25',
    ),
  closing: z.number().min(3).default(4).describe('s of speech in which the lips must close once, as on p, b and m'),
  open: z
    .number()
    .positive()
    .default(0.05)
    .describe(
      'distances of the outer eye corners by which the lips stay apart when they are open: of real speakers none stayed above 0.036 for 4 s',
    ),
  heard: z
    .number()
    .min(0)
    .max(1)
    .default(0.2)
    .describe('probability of p, b or m from which a sound counts, by its probability'),
  evidence: z
    .number()
    .positive()
    .default(2.5)
    .describe(
      'log-likelihood by which lips that stay open on p, b and m must explain a run of them better than sounds heard wrongly',
    ),
  yaw: z.number().positive().max(90).default(50).describe('degrees by which the head may be turned, median'),
});
