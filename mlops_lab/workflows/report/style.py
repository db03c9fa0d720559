"""Owns the looks of a report in HTML: its style, and the script that draws its figures."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d9dee3; --page: #ffffff;
  --band: #f4f6f8; --link: #0a58b0; --added: #dff3e4; --removed: #fbe3e1; --good: #156f3a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7eb; --soft: #9aa4af; --line: #38404a;
  --page: #14171b; --band: #1e232a; --link: #7db4f5; --added: #16351f; --removed: #431c1b;
  --good: #6fce93; --bad: #f2938b; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem; background: var(--page);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .7rem; padding-bottom: .3rem;
  border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; overflow-wrap: anywhere; }
p.made { color: var(--soft); margin: 0 0 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line);  min-width: 6.25rem; max-width: 26rem;
  overflow-wrap: anywhere; }
th { font-weight: 600; } tbody th { font-weight: 500; color: var(--soft); min-width: 8rem; }
thead th { border-bottom-width: 2px; }
td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
.best { font-weight: 700; color: var(--good); }
.failed, .killed { color: var(--bad); } .finished { color: var(--good); }
.key { display: inline-block; width: .7em; height: .7em; border-radius: 50%; margin-right: .4em; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 1.2rem; }
.plot { height: 20rem; } .plot.tall { height: 28rem; }
.grid svg { width: 100%; height: auto; border-radius: 4px; }
figure { margin: 0; break-inside: avoid; }
figure img { max-width: 100%; height: auto; background: #ffffff;
  border: 1px solid var(--line); border-radius: 4px; }
figcaption { color: var(--soft); font-size: .85rem; margin-top: .3rem; overflow-wrap: anywhere; }
pre { background: var(--band); padding: .8rem 1rem; border-radius: 4px; overflow-x: auto; font-size: .83rem;
  line-height: 1.45; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; margin: .4rem 0; }
pre span { display: block; min-height: 1.45em; padding: 0 .3rem; }
pre .added { background: var(--added); } pre .removed { background: var(--removed); }
pre .skipped { color: var(--soft); }
details { margin: .7rem 0; } summary { cursor: pointer; color: var(--soft); }
code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .9em; }
a { color: var(--link); }
@media print { :root { color-scheme: light; --ink: #000000; --soft: #444444; --line: #bbbbbb; --page: #ffffff;
  --band: #f4f4f4; --added: #e4f5e8; --removed: #fbe6e4; --good: #0b5a2c; --bad: #8f1d17; }
  body { max-width: none; padding: 0; font-size: 11px; } .scroll { overflow: visible; }
  pre { white-space: pre-wrap; } h2 { break-after: avoid; } tr { break-inside: avoid; } }
"""

SCRIPT = """
const dark = matchMedia('(prefers-color-scheme: dark)');
const plots = [...document.querySelectorAll('.plot')];
function draw(isDark) {
  const ink = isDark ? '#e4e7eb' : '#1b1f24', line = isDark ? '#38404a' : '#dfe3e8';
  const axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
  for (const place of plots) {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    const given = figure.layout || {};
    const layout = { ...given, autosize: true };
    delete layout.width;
    delete layout.height;
    if (place.dataset.own) {
      Object.assign(layout, { plot_bgcolor: 'rgba(0,0,0,0)', paper_bgcolor: 'rgba(0,0,0,0)',
        font: { color: ink }, margin: { l: 56, r: 12, t: 36, b: 40 },
        modebar: { bgcolor: 'rgba(0,0,0,0)', color: ink },
        legend: { orientation: 'h', x: 0, y: -0.22 },
        xaxis: { ...axis, title: { text: 'step', standoff: 4 } }, yaxis: axis });
    }
    Plotly.react(place, figure.data, layout, { displaylogo: false, responsive: true,
      modeBarButtons: [['toImage', 'zoom2d', 'pan2d', 'resetScale2d']] });
  }
}
draw(dark.matches);
dark.addEventListener('change', () => draw(dark.matches));
addEventListener('beforeprint', () => draw(false));
addEventListener('afterprint', () => draw(dark.matches));
"""
