import { z } from 'zod';

const path = z.string().regex(/^(\/.*)?$/, 'a JSON pointer such as /data/id');
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'the name of an environment variable');

/** Where a plain JSON shape has what is needed: JSON pointers and the words that its status field uses. */
export const genericMap = z.strictObject({
  job: path.default('/id'),
  status: path.default('/status'),
  done: z.array(z.string()).default(['completed', 'complete', 'succeeded', 'succeed', 'success', 'done']),
  failed: z.array(z.string()).default(['failed', 'error', 'cancelled', 'canceled']),
  error: path.default('/error'),
  url: path.default('/url'),
  path: path.default('/path'),
  model: path.default('/model'),
  prompt: path.default('/prompt'),
  negativePrompt: path.default('/negative_prompt'),
  seed: path.default('/seed'),
  parameters: path.default('/parameters'),
});

/** One provider in the configuration. Secrets are never written there: only the names of environment variables. */
export const providerSettings = z.strictObject({
  adapter: z.enum(['sora', 'veo', 'runway', 'kling', 'luma', 'generic']),
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('Other than the provider’s own address, such as a gateway'),
  keyEnv: variable.optional().describe('Variable with the API key (Kling: the access key)'),
  secretKeyEnv: variable.optional().describe('Kling: variable with the secret key'),
  secretEnv: variable.optional().describe('Variable with the webhook signing secret (`whsec_…`) or shared secret'),
  tokenEnv: variable
    .optional()
    .describe('Variable with a word that unsigned callbacks must carry as `?token=`: keeps strangers from asking'),
  poll: z.number().min(0.1).max(3600).default(10).describe('Seconds between looks at a job that is not finished'),
  patience: z.number().min(60).max(604_800).default(7200).describe('Seconds after which a pending job is given up'),
  contentOrigins: z.array(z.url()).default([]).describe('Origins of clips that are trusted although not public'),
  callbackUrl: z.url().optional().describe('Given to the provider with new generations, where it takes one'),
  model: z.string().optional().describe('Model for new generations when the parent take names none'),
  price: z
    .strictObject({
      perCall: z.number().min(0).default(0),
      perSecond: z.number().min(0).default(0),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default('USD'),
    })
    .optional()
    .describe('Upper bound of what a generation costs: needed before any money may be spent'),
  statusPath: z.string().startsWith('/').optional().describe('Generic: path of a job, `{id}` is replaced'),
  submitPath: z.string().startsWith('/').optional().describe('Generic: path that takes new generations by POST'),
  map: genericMap.optional().describe('Generic: where the fields are'),
});
export type ProviderSettings = z.infer<typeof providerSettings>;
