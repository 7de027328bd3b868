import { z } from 'zod';
import { plannedSound } from '../../takes/planned-sound.ts';

/** What should be heard in a film, and how closely. Frames, seconds or timecodes of the film. */
export const audioPlanSchema = z.strictObject({
  ...plannedSound.shape,
  leastSpeech: z
    .number()
    .min(0)
    .max(1)
    .default(0.35)
    .describe('Least share of a planned line in which speech is heard'),
  mostSpeech: z.number().positive().default(0.5).describe('Longest unplanned speech, seconds'),
  margin: z.number().nonnegative().default(0.3).describe('Seconds by which speech may begin early or end late'),
  voiceOverBed: z
    .number()
    .default(4)
    .describe('Least difference of voice and what is under it, LU (as broadcasters advise for dialogue over music)'),
  silenceBelow: z.number().default(-45).describe('Loudest momentary level in planned silence, LUFS'),
  roomTone: z.number().positive().default(8).describe('Jump of room tone over a cut without speech or music, dB'),
});
export type AudioPlan = z.output<typeof audioPlanSchema>;
