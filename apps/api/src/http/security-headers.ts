import type { HelmetOptions } from 'helmet';

/**
 * Headers that keep pages from doing what they should not. Everything comes from here: Bull Board asks for a font of another site,
 * and does without. Plain http is served too, so nothing is upgraded to https.
 */
export const HELMET: HelmetOptions = {
  contentSecurityPolicy: {
    directives: {
      'script-src': ["'self'"],
      'style-src': ["'self'", "'unsafe-inline'"],
      'font-src': ["'self'", 'data:'],
      'upgrade-insecure-requests': null,
    },
  },
  strictTransportSecurity: false,
};
