/** Says everything that could hurt a page, in every place where a pipeline can say something. */
import { definePipeline } from '@millrace/core/definition';
import { PAYLOADS, TERMINAL } from './payloads.ts';

const params = {
  type: 'object',
  title: PAYLOADS['image'],
  properties: {
    text: { type: 'string', title: PAYLOADS['attribute'], description: PAYLOADS['script'], default: PAYLOADS['image'] },
    choice: { type: 'string', enum: [PAYLOADS['link'], PAYLOADS['attribute']], default: PAYLOADS['link'] },
  },
};
const PAGE = `<!doctype html><title>hostile</title><h1>A report</h1><script>top.alert("frame"); alert("frame")</script>
<img src=x onerror='alert("frame image")'><a href='javascript:alert("frame link")' target=_top>top</a>
<meta http-equiv=refresh content="0;url=/admin/queues"><form action=/api/v1/session method=post><button>send</button></form>
<iframe src=/></iframe><link rel=stylesheet href=https://example.invalid/style.css>`;
const DRAWING =
  '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert("svg")</script><text y="20">a drawing</text></svg>';

export default definePipeline('hostile', {
  description: `${PAYLOADS['image']} ${PAYLOADS['attribute']}`,
  params,
  overlap: 'allow',
})
  .stage('say', {
    run: async (ctx) => {
      for (const [name, text] of Object.entries({ ...PAYLOADS, ...TERMINAL })) ctx.log(`${name}: ${text}`);
      ctx.progress(0.5, PAYLOADS['image']);
      ctx.metric('<img src=x onerror=alert("metric")>', 1, '<svg onload=alert("unit")>');
      await ctx.artifact('<img src=x onerror=alert("name")>.txt', PAYLOADS['script'] ?? '', {
        contentType: 'text/plain',
      });
      await ctx.artifact('report.html', PAGE, { contentType: 'text/html' });
      await ctx.artifact('drawing.svg', DRAWING, { contentType: 'image/svg+xml' });
      await ctx.artifact('table.csv', `name,value\n=cmd|'/C calc'!A0,"${PAYLOADS['image']?.replaceAll('"', '""')}"\n`, {
        contentType: 'text/csv',
      });
      await ctx.artifact('data.json', JSON.stringify(PAYLOADS), { contentType: 'application/json' });
      return { ...PAYLOADS, nested: { [PAYLOADS['image'] ?? '']: [PAYLOADS['attribute']] } };
    },
  })
  .stage('fail', {
    dependsOn: ['say'],
    run: () => {
      throw new Error(`${Object.values(PAYLOADS).join('\n').slice(0, 2_000)}\n${Object.values(TERMINAL).join('\n')}`);
    },
  });
