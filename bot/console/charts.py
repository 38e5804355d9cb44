"""Bar charts as plain SVG: drawn from the numbers of a table that always stands below it. No script, no style of its own."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

MOST = 12  # bars; the table has them all
WIDTH, ROW, BAR = 640, 46, 18
STONE, INK = "#0f5c63", "#212529"


def bars(title: str, rows: Sequence[tuple[str, int]]) -> Markup:
    """Horizontal bars, each with its name above it and its number behind it. title: what a screen reader says."""
    shown = rows[:MOST]
    longest = max((n for _, n in shown), default=1)
    height = ROW * len(shown) + 4
    parts = [
        Markup(
            '<svg class="chart" role="img" viewBox="0 0 {w} {h}" width="{w}" height="{h}" aria-label="{title}">'
        ).format(w=WIDTH, h=height, title=title)
    ]
    for place, (name, n) in enumerate(shown):
        top = place * ROW
        width = round((WIDTH - 60) * n / longest, 1)
        parts.append(
            Markup(
                '<text x="0" y="{name_y}" font-size="16" fill="{ink}">{name}</text>'
                '<rect x="0" y="{top}" width="{width}" height="{bar}" rx="4" fill="{stone}"/>'
                '<text x="{n_x}" y="{n_y}" font-size="16" font-weight="bold" fill="{ink}">{n}</text>'
            ).format(
                name=escape(name), n=n, name_y=top + 16, top=top + 22, width=width, bar=BAR, stone=STONE, ink=INK,
                n_x=width + 8, n_y=top + 22 + 15,
            )
        )  # fmt: skip
    return Markup("").join([*parts, Markup("</svg>")])
