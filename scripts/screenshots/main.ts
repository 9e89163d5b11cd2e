/* Takes the pictures, scene after scene; prints the errors of each page, and fails if there are any. */
import { mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { closeBrowser } from '../../tests/browser/chromium.ts';
import { LOOKS, README_LOOK, takePictures } from './album.ts';
import { SCENES } from './scenes.ts';

const ALL = 'screenshots';
const README = 'docs/images';

const { values } = parseArgs({ options: { only: { type: 'string', multiple: true }, readme: { type: 'boolean' } } });
const wanted = (name: string): boolean => values.only?.some((text) => name.includes(text)) ?? true;
const folder = values.readme ? README : ALL;
if (!values.readme && !values.only) rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

let complaints = 0;
for (const [scene, open] of Object.entries(SCENES)) {
  if (values.readme && scene !== 'busy') continue;
  console.log(scene);
  const { deployment, screens, outage } = await open();
  try {
    const chosen = screens.filter(({ name, readme }) =>
      values.readme ? readme !== undefined : wanted(`${scene}-${name}`),
    );
    for (const look of chosen.length === 0 ? [] : values.readme ? [README_LOOK] : LOOKS) {
      const shots = chosen.map((screen) => ({
        ...screen,
        file: values.readme ? `${folder}/${screen.readme}.png` : `${folder}/${scene}-${screen.name}.${look.name}.png`,
      }));
      const wrong = await takePictures(deployment, look, shots, !values.readme, outage);
      for (const { file, text } of wrong) console.log(`  ${file}: ${text}`);
      complaints += wrong.length;
    }
    console.log(`  ${chosen.length} screens`);
  } finally {
    await deployment.stop();
  }
}
await closeBrowser();
console.log(`pictures in ${folder}${complaints === 0 ? '' : `; ${complaints} complaints`}`);
process.exitCode = complaints === 0 ? 0 : 1;
