"""A report as one page for a browser: no network, and nothing of a name can run.

The figures are drawn by plotly's script, which the page holds whole. A content security policy allows exactly
the scripts of the page, by their hashes. Names stand escaped in the page, and as plotly's own little markup
escapes them in the figures.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from itertools import groupby

from ...core.text import printable
from .looks import Looks, datasets_of
from .page_figures import Plot, accuracy_vs_samples, error_vs_compute
from .summary import StudySummary
from .tables import COLUMNS, LIMIT_COLUMNS, NOTES, asked, limit_rows, rows_by_model

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
_STYLE = """
:root { color-scheme: light dark; --ink: #222; --dim: #666; --line: #ddd; --paper: #fff; --band: #f6f7f9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6e6; --dim: #a0a0a0; --line: #3a3d42; --paper: #16181c; --band: #1e2126; }
}
body { margin: 0 auto; max-width: 1360px; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .4rem; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.2rem 0 .3rem; overflow-wrap: anywhere; }
p, li { max-width: 95ch; overflow-wrap: anywhere; }
.dim, summary { color: var(--dim); }
summary { cursor: pointer; }
.plot { margin: .6rem 0 1.4rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .82rem; font-variant-numeric: tabular-nums; }
th, td { padding: .22rem .6rem; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--dim); font-weight: 600; vertical-align: bottom; white-space: normal; }
.number { text-align: right; }
tbody tr:hover { background: var(--band); }
"""
_SCRIPT = """
const dark = matchMedia("(prefers-color-scheme: dark)");
const plots = JSON.parse(document.getElementById("plots").textContent);
const drawn = [];
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = name => style.getPropertyValue(name).trim();
  return { ink: of("--ink"), line: of("--line"), paper: of("--paper") };
}
function painted(layout) {
  const { ink, line, paper } = colours();
  const found = structuredClone(layout);
  found.font = { color: ink, family: "system-ui, sans-serif", size: 13 };
  found.paper_bgcolor = found.plot_bgcolor = paper;
  for (const name of Object.keys(found).filter(each => /^[xy]axis/.test(each)))
    Object.assign(found[name], { gridcolor: line, linecolor: line, zerolinecolor: line });
  for (const menu of found.updatemenus || [])
    Object.assign(menu, { bgcolor: "#d9dee4", bordercolor: line, font: { color: "#222" } });
  return found;
}
function traces(data) {
  const { ink } = colours();
  return data.map(each => each.meta === "frontier" ? { ...each, line: { ...each.line, color: ink } } : each);
}
function draw(kind) {
  for (const [place, plot] of plots.entries()) {
    const config = { displaylogo: false, responsive: true, modeBarButtonsToRemove: ["select2d", "lasso2d"] };
    kind(document.getElementById(`plot-${place}`), traces(plot.data), painted(plot.layout), config);
  }
}
draw(Plotly.newPlot);
dark.addEventListener("change", () => draw(Plotly.react));
"""


def page(report: StudySummary) -> str:
    """Return the page as HTML."""
    from plotly.offline import get_plotlyjs

    plots = list(_plots(report))
    scripts = [get_plotlyjs(), _SCRIPT]
    data = "".join(_ESCAPES.get(char, char) for char in json.dumps(plots, allow_nan=False))
    parts = [
        *_opening(report, scripts),
        *(f'<div class="plot" id="plot-{place}"></div>' for place in range(len(plots))),
        *_cells(report),
        *_limits(report),
        *_findings(report),
        *("<h2>What the figures are</h2>", _list(NOTES)),
        f'<script type="application/json" id="plots">{data}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def _plots(report: StudySummary) -> Iterator[Plot]:
    looks = Looks.of(report.cells)
    for dataset, cells in datasets_of(report.cells).items():
        yield error_vs_compute(cells, looks)
        yield accuracy_vs_samples(cells, [each for each in report.limits if each.dataset == dataset], looks)


def _opening(report: StudySummary, scripts: Sequence[str]) -> Iterator[str]:
    allowed = " ".join(f"'{_digest(script)}'" for script in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'"
    )
    name = _text(report.name)
    yield f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{name}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{name}</h1>"
    yield '<p class="dim">Point at a cell to see its figures; click on a name in a legend to hide it.</p>'


def _cells(report: StudySummary) -> Iterator[str]:
    names = [column.name for column in COLUMNS]
    numbers = [column.is_number for column in COLUMNS]
    for dataset, model, rows in rows_by_model(report):
        yield f"<h2>{_text(dataset)}, {_text(model)}</h2>"
        yield _table(names, [[column.says(row) for column in COLUMNS] for row in rows], numbers)


def _limits(report: StudySummary) -> Iterator[str]:
    if report.limits:
        yield "<h2>What votes come to with endless samples</h2>"
        yield _table(LIMIT_COLUMNS, limit_rows(report), [False] * 4 + [True] * 2)


def _findings(report: StudySummary) -> Iterator[str]:
    for title, group in groupby(asked(report), key=lambda each: each.title):
        yield f"<h2>{_text(title)}</h2>"
        for each in group:
            if each.subtitle:
                yield f"<h3>{_text(each.subtitle)}</h3>"
            yield f"<details><summary>{_text(each.summary)}</summary>{_list(each.sentences)}</details>"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], is_number: Sequence[bool]) -> str:
    kinds = [' class="number"' if each else "" for each in is_number]
    head = "".join(f"<th{kind}>{_text(text)}</th>" for text, kind in zip(header, kinds, strict=True))
    lines = (
        "".join(f"<td{kind}>{_text(text)}</td>" for text, kind in zip(row, kinds, strict=True))
        for row in rows
    )
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>'


def _list(items: Sequence[str]) -> str:
    lines = "\n".join(f"<li>{_text(item)}</li>" for item in items)
    return f"<ul>\n{lines}\n</ul>"


def _text(text: str) -> str:
    return escape(printable(text))


def _digest(script: str) -> str:
    return f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
