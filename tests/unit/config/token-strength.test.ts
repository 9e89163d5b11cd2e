import fc from 'fast-check';
import { LEAST_TOKEN_BITS, tokenBits } from '@millrace/core/config';
import { expect, it } from 'vitest';

const alphabet = (from: string, length: number) =>
  fc.array(fc.constantFrom(...from.split('')), { minLength: length, maxLength: length + 8 }).map((all) => all.join(''));
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const DIGITS = '0123456789';

it.each([
  ['hexadecimal, as of openssl rand -hex 16 and longer', alphabet('0123456789abcdef', 32)],
  ['hexadecimal in capitals', alphabet('0123456789ABCDEF', 32)],
  ['base64, as of openssl rand -base64 18 and longer', alphabet(`${LOWER}${LOWER.toUpperCase()}${DIGITS}+/`, 24)],
  ['base64url', alphabet(`${LOWER}${LOWER.toUpperCase()}${DIGITS}-_`, 24)],
  ['base32', alphabet(`${LOWER.toUpperCase()}234567`, 26)],
  ['letters', alphabet(LOWER, 28)],
  ['digits', alphabet(DIGITS, 36)],
  [
    'UUIDs',
    alphabet('0123456789abcdef', 32).map((hex) =>
      hex.replace(/^(.{8})(.{4}).(.{3})(.{4})(.{12}).*/, '$1-$2-4$3-$4-$5'),
    ),
  ],
])('a random token is never weak: %s', (_, tokens) => {
  fc.assert(
    fc.property(tokens, (token) => tokenBits(token) >= LEAST_TOKEN_BITS),
    { numRuns: 300 },
  );
});

it.each([
  'aaaaaaaaaaaaaaaa',
  'a'.repeat(500),
  'passwordpassword',
  'P@ssw0rdP@ssw0rd!',
  '1234567890123456',
  '9876543210987654321098765432109876543210',
  'changemechangeme',
  'change-me-admin-token',
  'abcabcabcabcabcabcabcabcabcabcabc',
  'k3x9'.repeat(12),
  'f81d4fae7dec11d0'.slice(0, 8).repeat(8),
  'aaaabbbbccccddddeeeeffff',
  'qwertyuiopasdfghjklzxcvbnm',
  'qazwsxedcrfvtgbyhnujm',
  '1q2w3e4r5t6y7u8i9o0p',
  'my-millrace-admin-token-2026',
  'administratoradministrator',
  'summer2024winter2025',
  'iloveyouiloveyouiloveyou',
  'this-is-my-secret-token',
  'correct-horse-battery-staple',
  'correcthorsebatterystaple',
  '0123456789abcdef0123456789abcdef',
  'deadbeefdeadbeefdeadbeefdeadbeef',
  '2024010120000101199912312030',
  'abcdefghijklmnopqrstuvwxyz0123456789',
  'a1b2c3d4e5f6',
  'k3jx9',
  '',
])('a token that people think of is weak, however long: %s', (token) => {
  expect(tokenBits(token)).toBeLessThan(LEAST_TOKEN_BITS);
});
