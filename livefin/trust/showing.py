"""How a verdict looks under a cell: one line of chips, and the details folded below.

Colours are those of JupyterLab's theme, with others where there is none. All text is
escaped, since names and errors come out of a person's code.
"""

from __future__ import annotations

from html import escape

from livefin.trust.finding import SIGNS, Finding

COLORS = {
    "passed": "var(--jp-success-color1, #388e3c)",
    "failed": "var(--jp-error-color1, #d32f2f)",
    "noted": "var(--jp-ui-font-color2, #757575)",
    "unknown": "var(--jp-warn-color1, #f57c00)",
}
FONT = "font: 12px/1.5 var(--jp-ui-font-family, system-ui, sans-serif); color: inherit"
CHIP = (
    "display: inline-block; margin: 0 4px 3px 0; padding: 0 7px; border-radius: 9px;"
    " border: 1px solid {color}"
)


def html(name: str, findings: list[Finding], about: str) -> str:
    """A verdict as a piece of HTML, without scripts and without styles of the page."""
    order = sorted(findings, key=lambda finding: finding.state != "failed")
    chips = "".join(_chip(finding) for finding in order)
    rows = "".join(
        f'<tr><td style="color: {COLORS[finding.state]}">{SIGNS[finding.state]}</td>'
        f'<td style="text-align: left; white-space: nowrap">{escape(finding.check)}</td>'
        f'<td style="text-align: left; white-space: normal">{escape(finding.text)}</td></tr>'
        for finding in findings
    )
    return (
        f'<div style="{FONT}"><b>{escape(name)}</b> {chips}'
        f'<details><summary style="cursor: pointer">details</summary>'
        f'<table style="{FONT}">{rows}</table>{escape(about)}</details></div>'
    )


def _chip(finding: Finding) -> str:
    # The sign alone is coloured: text in the page's own colour reads well on any ground.
    color = COLORS[finding.state]
    return (
        f'<span style="{CHIP.format(color=color)}" title="{escape(finding.text)}">'
        f'<span style="color: {color}">{SIGNS[finding.state]}</span> '
        f"{escape(finding.short or finding.check)}</span>"
    )
