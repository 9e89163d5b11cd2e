/** An Idempotency-Key: 128 random bits. `randomUUID` is only there for pages of https or of this machine. */
export const newKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
