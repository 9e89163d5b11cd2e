/** One of each kind; each that is obeyed opens a dialog, or becomes an element. */
export const TEXTS = {
  'a script': '<script>alert("script")</script>',
  'an image that fails': '<img src=x onerror=alert("image")>',
  'a drawing that loads': '<svg onload=alert("svg")><b>bold</b></svg>',
  'a link': 'javascript:alert("link")',
  'the end of an attribute': `"' onfocus=alert("attribute") autofocus x="><iframe srcdoc="<script>alert(1)</script>">`,
  'an override of the direction': 'invoice\u202egpj.exe\u2066',
  'a word without an end': 'W'.repeat(240),
};
