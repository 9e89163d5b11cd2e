import type { SerializedError, SerializedRequest, SerializedResponse } from 'pino';

const REDACTED = '[Redacted]';
/** Headers and parameters whose values are never logged. */
const SECRET_NAME =
  /token|secret|pass|pwd|key|auth|cookie|session|signature|credential|jwt|bearer|assertion|otp|(?:^|[-_.])(?:sid|sig|code|pin)$/i;

/** The loggable part of a request: no values of secret names, and the token nowhere, however it is encoded. */
export const serializers = (token: string) => {
  const open = redactor(token);
  const shown = (headers: Readonly<Record<string, unknown>>): object =>
    Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        open(name),
        SECRET_NAME.test(name) ? REDACTED : open(String(value)),
      ]),
    );
  return {
    req: ({ id, method, url, remoteAddress, remotePort, headers }: SerializedRequest): object => ({
      id: open(String(id)),
      method,
      url: open(url),
      remoteAddress,
      remotePort,
      headers: shown(headers),
    }),
    res: ({ statusCode, headers }: Pick<SerializedResponse, 'statusCode' | 'headers'>): object => ({
      statusCode,
      headers: shown(headers),
    }),
    err: (error: Pick<SerializedError, 'type' | 'message' | 'stack'>): object => ({
      ...error,
      message: open(error.message),
      stack: open(error.stack),
    }),
  };
};

/** How many layers of percent-encoding are decoded. */
const DEPTH = 4;

const redactor = (token: string) => {
  const written = [
    token,
    encodeURIComponent(token),
    Buffer.from(token).toString('base64'),
    Buffer.from(token).toString('hex'),
  ];
  /** Returns the text unchanged if it contains no secret. */
  const redact = (text: string, depth = DEPTH): string => {
    const plain = written.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text);
    const shown = plain
      .replace(/mlr_[0-9a-f]{12}_[\w-]{43}/g, REDACTED)
      .replace(/\b(bearer|basic|digest|negotiate)( |%20|\+)\S+/gi, `$1 ${REDACTED}`)
      .replace(/\/\/[^/@\s?#]*@/g, `//${REDACTED}@`)
      .replace(/([^\s?&;#=,"'/]{1,64})=([^\s&;#,"']*)/g, (all, name: string, value: string) =>
        isSecret(name, value, depth) ? `${name}=${REDACTED}` : all,
      );
    if (!shown.includes('%')) return shown;
    const decoded = decode(shown);
    // A secret visible only after decoding cannot be cut out of the encoded text.
    return depth > 0 && decoded !== shown && redact(decoded, depth - 1) !== decoded ? REDACTED : shown;
  };
  const isSecret = (name: string, value: string, depth: number): boolean => {
    if (SECRET_NAME.test(decode(name))) return true;
    const decoded = decode(value);
    return depth > 0 && decoded !== value && redact(decoded, depth - 1) !== decoded;
  };
  return redact;
};

/** Decodes percent-encoding; leaves malformed sequences. */
const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return text.replaceAll(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  }
};
