"""The worst mistakes of an evaluation as one HTML file."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.html_report import page, picture
from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo

WORST = 60
SIDE = 200
"""The longer side of a picture, pixels."""
QUALITY = 85
STYLE = (
    "body{font:15px sans-serif;max-width:900px;margin:2em auto}td,th{padding:.2em .8em;text-align:left}"
    "td{vertical-align:top}pre{background:#f4f4f4;padding:1em;overflow:auto}"
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """An object, the label it got, and its true label. The worst mistake has the greatest `severity`.

    `taken_for_image` is the nearest reference of the wrong product, None if the object got no label. `truth_image` is
    the nearest reference of the true product.
    """

    severity: float
    seen: Pixels
    caption: str
    taken_for: str
    taken_for_image: Path | None
    truth: str
    truth_image: Path | None


def write_report(path: Path, title: str, figures: Mapping[str, object], mistakes: Sequence[Mistake]) -> None:
    """Write the figures, and the WORST mistakes with their pictures side by side. Raises OSError."""
    worst = sorted(mistakes, key=lambda mistake: -mistake.severity)[:WORST]
    rows = "".join(
        f"<tr><td>{_picture(one.seen)}<br>{html.escape(one.caption)}</td>"
        f"<td>{_picture_of_file(one.taken_for_image)}<br>{html.escape(one.taken_for)}</td>"
        f"<td>{_picture_of_file(one.truth_image)}<br>{html.escape(one.truth)}</td></tr>"
        for one in worst
    )
    body = (
        f"<h1>{html.escape(title)}</h1>{_tables(figures)}<h2>The worst {len(worst)} of {len(mistakes)} mistakes</h2>"
        f"<table><tr><th>seen</th><th>taken for</th><th>is</th></tr>{rows}</table>"
    )
    path.write_text(page(title, body, STYLE), encoding="utf-8")


def _tables(figures: Mapping[str, object]) -> str:
    """One table of the total figures, and one for each kind of group."""
    total = {name: value for name, value in figures.items() if not isinstance(value, Mapping)}
    tables = [_table({"": total})]
    for name, groups in figures.items():
        if isinstance(groups, Mapping) and groups and all(isinstance(group, Mapping) for group in groups.values()):
            tables.append(f"<h2>{html.escape(name.replace('_', ' '))}</h2>{_table(groups)}")
    return "".join(tables)


def _table(groups: Mapping[str, Mapping[str, object]]) -> str:
    names = list(dict.fromkeys(name for group in groups.values() for name in group))
    head = "".join(f"<th>{html.escape(group)}</th>" for group in groups)
    rows = "".join(
        f"<tr><td>{html.escape(name)}</td>"
        + "".join(f"<td>{_text(g.get(name))}</td>" for g in groups.values())
        + "</tr>"
        for name in names
    )
    return f"<table><tr><th></th>{head}</tr>{rows}</table>"


def _text(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else html.escape("" if value is None else str(value))


def _picture_of_file(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return _picture(decode_photo(path.read_bytes(), PhotoLimits()).pixels)
    except (OSError, InvalidPhoto) as error:
        return html.escape(f"{path}: {error}")


def _picture(pixels: Pixels) -> str:
    width = max(1, round(pixels.shape[1] * SIDE / max(pixels.shape[:2])))
    return picture(pixels, width, QUALITY)
