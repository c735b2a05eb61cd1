"""The style sheet of the page: one column on a phone; on paper, rows and figures stay whole."""

CSS = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 64rem; background: #fff; color: #1a1a1a;
       line-height: 1.5;
       font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
       overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .3rem 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .4rem; padding-top: .6rem; border-top: 1px solid #bbb; }
h3 { font-size: 1.05rem; margin: 1.3rem 0 .3rem; }
p, dl, ul { margin: .4rem 0 .7rem; max-width: 46rem; }
a { color: #00538a; }
code, pre { font-family: ui-monospace, Consolas, Menlo, monospace; font-size: .88em;
            overflow-wrap: anywhere; }
pre { background: #f3f3f3; padding: .6rem .8rem; white-space: pre-wrap; }
.muted, .skipped { color: #555; }
.answer { border-left: .35rem solid #0072b2; background: #eef5fa; padding: .6rem .9rem;
          margin: .6rem 0 .9rem; }
.answer p { max-width: none; }
.answer .short { font-size: 1.2rem; font-weight: 600; margin: 0 0 .2rem; }
nav { font-size: .92rem; margin: .8rem 0; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; padding: 0;
         max-width: none; }
nav a { display: inline-block; padding: .15rem 0; }
.scroll { overflow-x: auto; max-width: 100%; }
.scroll:focus-visible { outline: 2px solid #0072b2; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums;
        margin: .3rem 0 .8rem; }
caption { text-align: left; color: #555; font-size: .88rem; padding-bottom: .3rem; }
caption span { display: inline-block; position: sticky; left: 0;
               max-width: min(46rem, calc(100vw - 2rem)); }
caption span span { display: inline; position: static; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
         border-bottom: 1px solid #ddd; }
thead th { border-bottom: 2px solid #444; vertical-align: bottom; }
tbody th { font-weight: normal; min-width: 8rem; max-width: 22rem; overflow-wrap: anywhere; }
th.group { font-weight: 600; padding-top: .7rem; color: #333; }
td { min-width: 3.2rem; }
.prose td { min-width: 9rem; overflow-wrap: anywhere; }
.small { display: block; font-size: .85em; color: #555; white-space: nowrap; }
.wrap { white-space: normal; }
.nowrap { white-space: nowrap; }
.best { font-weight: 700; }
.better::before { content: "\\25B2\\00A0"; color: #00538a; }
.worse::before { content: "\\25BC\\00A0"; color: #a63c00; }
figure { margin: .6rem 0 1.1rem; }
figcaption { font-size: .9rem; color: #444; max-width: 46rem; }
.plot img { display: block; width: 100%; height: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 28rem), 1fr));
         gap: 0 1.5rem;
         align-items: start; }
.plots.wide { grid-template-columns: 1fr; }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem;
         margin: .6rem 0 1rem; }
.card { margin: 0; break-inside: avoid; border: 1px solid #ddd; padding: .5rem; overflow: hidden; }
.card img { display: block; margin: 0 auto .4rem; max-width: 100%; height: 9rem;
            object-fit: contain; }
.card p { margin: .2rem 0 0; font-size: .88rem; overflow-wrap: anywhere; }
.nothing { height: 9rem; display: flex; align-items: center; justify-content: center;
           background: #eee; color: #555;
           margin-bottom: .4rem; }
.side { display: flex; flex-wrap: wrap; gap: 0 2.5rem; }
.side .scroll { width: auto; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: .8rem; max-width: 40rem;
        margin: .5rem 0; }
dt { font-weight: 600; margin-top: .7rem; }
dd { margin: 0 0 .3rem; }
@media (max-width: 40rem) {
  h1 { font-size: 1.35rem; }
  .cards { grid-template-columns: 1fr 1fr; gap: .6rem; }
  .scroll tbody th:not(.group) { position: sticky; left: 0; background: #fff; max-width: 9.5rem;
                                 z-index: 1; }
  th, td { padding-right: .6rem; }
}
@media print {
  @page { margin: 13mm; }
  :root { font-size: 11.5px; }
  body { max-width: none; padding: 0; line-height: 1.4; }
  nav, .skipped { display: none; }
  p, dl, ul, figcaption, caption span { max-width: none; }
  h2 { margin-top: 1.3rem; }
  h2, h3, dt { break-after: avoid; }
  p, li, tr, figure, .answer, .card, .pair, dd { break-inside: avoid; orphans: 3; widows: 3; }
  .long { break-inside: auto; }
  table:not(:has(tbody tr:nth-child(9), tbody:nth-of-type(4))) { break-inside: avoid; }
  table.prose { break-inside: auto !important; }
  tr:has(.group), caption, thead { break-after: avoid; }
  .scroll { overflow: visible; }
  .scroll img { min-width: 0 !important; }
  .plots { display: block; orphans: 1; widows: 1; }
  .plots:not(.wide) .plot { display: inline-block; width: 48%; vertical-align: top;
                            margin-right: 1%; }
  .plots:not(.wide) .plot img { width: auto; max-width: 100% !important; max-height: 68mm; }
  .plot figcaption { margin-top: .2rem; }
  .cards { grid-template-columns: repeat(4, minmax(0, 1fr)); padding-right: 1px; gap: .5rem; }
  .card { padding: .35rem; }
  .card img, .nothing { height: 6rem; }
  .card p { font-size: .8rem; line-height: 1.3; }
  .side { gap: 0 1.5rem; }
  th, td { padding: .2rem .8rem .2rem 0; }
  .answer { border: 1px solid #0072b2; border-left-width: .35rem; }
  a { color: inherit; text-decoration: none; }
}
"""
