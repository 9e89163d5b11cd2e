import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** An authority of our own and what it signed, as files in the folder. */
export const authorityIn = (dir: string, name: string) => {
  const openssl = (...args: string[]) => void execFileSync('openssl', args, { cwd: dir, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
    '-subj',
    `/CN=${name}`,
    '-days',
    '2',
  );
  return {
    file: join(dir, `${name}.pem`),
    pem: readFileSync(join(dir, `${name}.pem`), 'utf8'),
    /** For a server of this name. */
    sign: (host: string) => {
      openssl('req', ...newKey, '-keyout', `${host}.key`, '-out', `${host}.csr`, '-subj', `/CN=${host}`);
      writeFileSync(join(dir, `${host}.ext`), `subjectAltName=DNS:${host}`);
      const signing = [
        '-CA',
        `${name}.pem`,
        '-CAkey',
        `${name}.key`,
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        `${host}.ext`,
      ];
      openssl('x509', '-req', '-in', `${host}.csr`, '-out', `${host}.pem`, ...signing);
      return { certificate: join(dir, `${host}.pem`), key: join(dir, `${host}.key`) };
    },
  };
};
