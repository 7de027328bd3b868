import type { ProviderContext } from './api.ts';
import { generic } from './generic.ts';
import { kling } from './kling.ts';
import { luma } from './luma.ts';
import type { Provider } from './provider.ts';
import { runway } from './runway.ts';
import type { ProviderSettings } from './settings.ts';
import { sora } from './sora.ts';
import { veo } from './veo.ts';

const adapters: Record<ProviderSettings['adapter'], (context: ProviderContext) => Provider> = {
  sora,
  veo,
  runway,
  kling,
  luma,
  generic,
};

/** The adapter that the settings name, ready to use. */
export const makeProvider = (context: ProviderContext): Provider => adapters[context.settings.adapter](context);
