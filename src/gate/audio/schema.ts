import { z } from 'zod';
import { span } from '../moment.ts';

/** What should be heard when. Frames, seconds or timecodes of the film. */
export const audioPlanSchema = z.strictObject({
  lines: z
    .array(
      z.strictObject({
        ...span,
        speaker: z.string().min(1).max(200).optional(),
        text: z.string().max(5000).optional(),
        offScreen: z.boolean().default(false).describe('The speaker is not in the picture'),
      }),
    )
    .default([])
    .describe('Speech, line by line; there is none elsewhere'),
  silence: z
    .array(z.strictObject({ ...span }))
    .default([])
    .describe('Nothing but room tone: no speech, no music'),
  music: z.array(z.strictObject({ ...span, name: z.string().max(200).optional() })).default([]),
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
