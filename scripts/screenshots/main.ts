/* Takes the pictures, scene after scene; says what each page complained of, and fails if one did. */
import { mkdirSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { closeBrowser } from '../../tests/browser/chromium.ts';
import { LOOKS, openAlbum, README_LOOK } from './album.ts';
import { SCENES } from './scenes.ts';

const ALL = 'test-results/screenshots';
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
  const { deployment, screens, beforeShots, afterShots } = await open();
  try {
    const chosen = screens.filter(({ name, readme }) => (values.readme ? readme !== undefined : wanted(`${scene}-${name}`)));
    for (const look of chosen.length === 0 ? [] : values.readme ? [README_LOOK] : LOOKS) {
      const album = await openAlbum(deployment, look);
      for (const screen of chosen) {
        const file = values.readme ? `${folder}/${screen.readme}.png` : `${folder}/${scene}-${screen.name}.${look.name}.png`;
        const wrong = await album.shoot(screen, file, { whole: !values.readme, beforeShot: beforeShots, afterShot: afterShots });
        for (const line of wrong) console.log(`  ${file}: ${line}`);
        complaints += wrong.length;
      }
      await album.close();
    }
    console.log(`  ${chosen.length} screens`);
  } finally {
    await deployment.stop();
  }
}
await closeBrowser();
console.log(`pictures in ${folder}${complaints === 0 ? '' : `; ${complaints} complaints`}`);
process.exitCode = complaints === 0 ? 0 : 1;
