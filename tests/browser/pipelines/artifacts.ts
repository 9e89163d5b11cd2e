/** Bytes that stages leave behind. */

/** 4 x 4 pixels. */
export const CHART_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAQAAAAECAIAAAAmkwkpAAAAEElEQVR4nGNgaLaHIwbiOAAwFQ2B6j7WDAAAAABJRU5ErkJggg==',
  'base64',
);

export const REPORT_HTML = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Temperatures</title>
<style>body { font: 16px/1.5 sans-serif; margin: 2rem } td { padding: 0 1rem }</style>
<h1>Temperatures of Oslo</h1>
<table><tr><th>mean</th><td>8.25 °C</td></tr><tr><th>gaps</th><td>1</td></tr></table>
</html>
`;
