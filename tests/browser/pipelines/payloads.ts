/** Texts that a page must show and never obey. Each that runs opens a dialog, which fails the test. */

const OVERRIDE = '\u202e';
const ZALGO = 'z\u0351\u036b\u0343\u036a\u0302a\u0361\u0335\u0334l\u034d\u0352\u0342g\u0347\u031e\u0320o\u0349\u0354';

export const PAYLOADS: Readonly<Record<string, string>> = {
  image: '<img src=x onerror=alert("image")>',
  attribute: '"><svg onload=alert("attribute")>',
  script: '</script><script>alert("script")</script>',
  link: 'javascript:alert("link")',
  markdown: '[click](javascript:alert("markdown"))',
  template: '{{constructor.constructor("alert(1)")()}} ${alert("template")}',
  entity: '&lt;img src=x onerror=alert("entity")&gt; &amp;',
  override: `invoice${OVERRIDE}gpj.exe`,
  zalgo: ZALGO.repeat(20),
  endless: 'A'.repeat(6_000),
  prototype: '__proto__',
};

/** What a terminal would obey, as a program writes it. */
export const TERMINAL: Readonly<Record<string, string>> = {
  hyperlink: '\u001b]8;;javascript:alert("osc8")\u0007a link\u001b]8;;\u0007',
  title: '\u001b]0;<img src=x onerror=alert("title")>\u0007after the title',
  clear: 'before\u001b[2J\u001b[1;1Hafter clear',
  unended: '\u001b[31mred that never ends <b>bold</b>',
  broken: '\u001b[999999999999m\u001b[;;;;;;m\u001b[38;5;999mbroken colours \u001b[',
  device: '\u001b[6n\u001b[c\u0090q device \u009c',
};
