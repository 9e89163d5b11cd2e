/** The placeholder of the film: one page with the pictures, the voice-over and the captions, and nothing loaded. */
export interface SlidesPage {
  readonly title: string;
  readonly scenes: readonly { readonly picture: Buffer; readonly end: number }[];
  readonly sound: { readonly bytes: Buffer; readonly type: string };
  readonly captions: readonly { readonly start: number; readonly end: number; readonly lines: readonly string[] }[];
}

export const slidesPage = ({ title, scenes, sound, captions }: SlidesPage): string => {
  // "<" would end the script's text.
  const data = JSON.stringify({ ends: scenes.map(({ end }) => end), captions }).replaceAll('<', '\\u003c');
  const pictures = scenes.map(
    ({ picture }, at) =>
      `<img alt="Scene ${at + 1}" ${at === 0 ? '' : 'hidden '}src="data:image/png;base64,${picture.toString('base64')}">`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: #0f172a; color: #f8fafc; font: 1.25rem sans-serif; text-align: center }
img { width: 100% } audio { width: 100% } [hidden] { display: none } p { min-height: 3.5em; white-space: pre-line }
</style>
<h1>${escaped(title)}</h1>
${pictures.join('\n')}
<p></p>
<audio controls src="data:${sound.type};base64,${sound.bytes.toString('base64')}"></audio>
<script>
const { ends, captions } = ${data};
const [audio, line] = [document.querySelector('audio'), document.querySelector('p')];
const images = [...document.images];
audio.addEventListener('timeupdate', () => {
  const now = audio.currentTime;
  const scene = ends.findIndex((end) => now < end);
  images.forEach((image, at) => (image.hidden = at !== (scene < 0 ? images.length - 1 : scene)));
  line.textContent = captions.find(({ start, end }) => start <= now && now < end)?.lines.join('\\n') ?? '';
});
</script>
</html>
`;
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
