import type { HelmetOptions } from 'helmet';

/**
 * Security headers. Everything is served from this origin: Bull Board asks for a font of another site and does without.
 * Plain http is supported, so nothing is upgraded to https.
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
