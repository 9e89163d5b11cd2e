/**
 * The report's style sheet: one column of paper, ink that adapts to light and dark, tables that scroll by themselves.
 */
import { Html } from './html.ts';

export const STYLE = new Html(`
:root{color-scheme:light dark;--page:#f7f5f0;--surface:#fffefb;--ink:#1c1e22;--quiet:#5d636d;--rule:#e4e0d6;--price:#1f5fae;--fast:#b8620a;--slow:#7b3fa0;--gain:#1d7a5b;--loss:#b8382a;--shade:rgb(60 50 20 / .06)}
@media (prefers-color-scheme:dark){:root{--page:#101317;--surface:#181c22;--ink:#e7e9ec;--quiet:#9aa3ae;--rule:#2b3138;--price:#74aefc;--fast:#f0a850;--slow:#c795f2;--gain:#4fc59c;--loss:#ff8373;--shade:rgb(0 0 0 / .35)}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0 auto;max-width:76rem;padding:clamp(1rem,4vw,3rem);background:var(--page);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-variant-numeric:tabular-nums}
h1,h2,h3,p,figure,dl,dd,ul{margin:0;padding:0}
h1{font-size:clamp(2.2rem,6vw,3.4rem);line-height:1.05;letter-spacing:-.03em;font-weight:700}
h2{font-size:1.35rem;letter-spacing:-.015em;margin-bottom:.75rem}
h3{font-size:1.1rem;letter-spacing:-.01em;overflow-wrap:anywhere}
section{margin-top:clamp(2.5rem,6vw,4rem)}
section>h3{margin:1.75rem 0 .25rem}
a{color:var(--price);text-underline-offset:.2em}
:focus-visible{outline:2px solid var(--price);outline-offset:2px;border-radius:4px}
code{font:.85em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
time{white-space:nowrap}
.quiet,.eyebrow,footer{color:var(--quiet);font-size:.9rem}
.quiet{max-width:46rem}
section>.quiet{margin-bottom:1rem}
.eyebrow{letter-spacing:.08em;text-transform:uppercase;font-size:.75rem;margin-bottom:.6rem}
.lede{font-size:1.15rem;color:var(--quiet);margin-top:.6rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.up{color:var(--gain)}.down{color:var(--loss)}
.facts{display:flex;flex-wrap:wrap;gap:.75rem 2.5rem;margin-top:1.75rem;padding-top:1.1rem;border-top:1px solid var(--rule)}
dt{color:var(--quiet);font-size:.8rem}
.facts dd{font-size:1.3rem;font-weight:600;letter-spacing:-.01em}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1.25rem}
.card{background:var(--surface);border:1px solid var(--rule);border-radius:14px;padding:clamp(1rem,2.5vw,1.6rem);box-shadow:0 1px 3px var(--shade);min-width:0;scroll-margin-top:1rem}
.card.wide{grid-column:1/-1}
.card header{display:flex;justify-content:space-between;gap:1rem;align-items:start}
.card .last{text-align:right;white-space:nowrap}
.card .last b{display:block;font-size:1.35rem;line-height:1.2;letter-spacing:-.02em}
.card .last span{font-size:.85rem}
.figures{display:grid;grid-template-columns:repeat(4,minmax(0,1fr));gap:.8rem .6rem;margin:1.1rem 0 .4rem}
@media (min-width:60rem){.wide .figures{grid-template-columns:repeat(8,minmax(0,1fr))}}
.figures dd{font-weight:600}
.figures small{display:block;font-weight:400;font-size:.75rem;color:var(--quiet)}
.plot{margin-top:1.1rem;min-width:0}
.plot figcaption{font-size:.85rem;font-weight:600;display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin-bottom:.55rem}
.key{font-weight:400;color:var(--quiet);display:inline-flex;align-items:center;gap:.4rem}
.key::before{content:"";width:.9rem;height:3px;border-radius:2px;background:currentColor}
.key.price::before{background:var(--price)}.key.fast::before{background:var(--fast)}.key.slow::before{background:var(--slow)}
.key.fall::before,.key.hdd::before,.key.cdd::before{height:.7rem;width:.7rem}
.key.fall::before{background:color-mix(in srgb,var(--loss) 18%,transparent)}
.key.hdd::before{background:var(--price)}.key.cdd::before{background:var(--fast)}
.frame{display:grid;grid-template-columns:3.1rem minmax(0,1fr);grid-template-rows:auto 1.4rem;font-size:.75rem;color:var(--quiet)}
.frame svg{display:block;width:100%;overflow:visible}
.tall svg,.tall .y{height:clamp(11rem,32vw,17rem)}
.short svg,.short .y{height:9rem}
.card:not(.wide) .tall svg,.card:not(.wide) .tall .y{height:11rem}
.y{position:relative}
.y span{position:absolute;right:.6rem;transform:translateY(50%);line-height:1;white-space:nowrap}
.x{position:relative;grid-column:2;margin-top:.45rem}
.x span{position:absolute;transform:translateX(-50%);line-height:1;white-space:nowrap}
.x .last{transform:translateX(-100%)}
.frame path{fill:none;vector-effect:non-scaling-stroke}
.grid{stroke:var(--rule);stroke-width:1}
.line{stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.line.price{stroke:var(--price)}.line.fast{stroke:var(--fast)}.line.slow{stroke:var(--slow)}.line.loss{stroke:var(--loss);stroke-width:1.2}
.frame .area{fill:color-mix(in srgb,var(--loss) 16%,transparent)}
.fall{fill:color-mix(in srgb,var(--loss) 9%,transparent)}
.bar.gain{fill:var(--gain)}.bar.loss{fill:var(--loss)}.bar.hdd{fill:var(--price)}.bar.cdd{fill:var(--fast)}
.bar:hover{opacity:.7}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:0 1.75rem}
.scroll{overflow-x:auto;border:1px solid var(--rule);border-radius:12px;background:var(--surface)}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;padding:.55rem .8rem;vertical-align:baseline}
thead th{color:var(--quiet);font-weight:500;font-size:.8rem;white-space:nowrap}
tbody tr{border-top:1px solid var(--rule)}
tbody th{font-weight:600;white-space:nowrap}
.number{text-align:right;white-space:nowrap}
.dates{white-space:nowrap;color:var(--quiet)}
.list tbody th{position:sticky;left:0;background:var(--surface)}
.remarks{min-width:11rem}
.heat th,.heat td{padding:.3rem .45rem;text-align:right;white-space:nowrap;font-size:.78rem}
.heat tbody th,.heat thead th:first-child{text-align:left;position:sticky;left:0;background:var(--surface)}
.heat.roomy th,.heat.roomy td{padding:.6rem .8rem;font-size:.85rem;text-align:center}
.heat.roomy tbody th{text-align:left}
.heat tr{border:0}
.heat td{border:1px solid var(--surface);background-clip:padding-box}
.warm{background:color-mix(in srgb,var(--gain) var(--heat),var(--surface))}
.cold{background:color-mix(in srgb,var(--loss) var(--heat),var(--surface))}
.self,.none{color:var(--quiet)}
details{margin-top:1rem}
summary{cursor:pointer;font-size:.85rem;font-weight:600;color:var(--quiet);padding:.35rem 0}
details .scroll{margin-top:.4rem}
.notes{margin-top:.9rem;padding-left:1.1rem;font-size:.85rem;color:var(--quiet)}
.method{padding-left:1.1rem;max-width:52rem}
.method li{margin:.4rem 0;color:var(--quiet)}
.method b{color:var(--ink);font-weight:600}
footer{margin-top:3.5rem;padding-top:1.1rem;border-top:1px solid var(--rule)}
@media (max-width:34rem){.figures{grid-template-columns:repeat(2,minmax(0,1fr))}.frame{grid-template-columns:2.6rem minmax(0,1fr)}.x span:nth-child(even){display:none}}
@media print{body{max-width:none;padding:0}.card{break-inside:avoid;box-shadow:none}}
`);
