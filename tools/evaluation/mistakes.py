"""The worst mistakes of an evaluation as one HTML file, nothing fetched from outside."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2

from tillsight.domain.arrays import Pixels
from tillsight.domain.errors import InvalidPhoto
from tillsight.imaging.decoding import PhotoLimits, decode_photo

WORST = 60
SIDE = 200
"""Longer side of a shown picture, pixels."""
STYLE = (
    "body{font:15px sans-serif;max-width:900px;margin:2em auto}td,th{padding:.2em .8em;text-align:left}"
    "td{vertical-align:top}pre{background:#f4f4f4;padding:1em;overflow:auto}"
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What was seen, what it was taken for and what it is, the worst having the greatest `severity`.

    `taken_for_image` is the reference that misled, None where it was taken for nothing; `truth_image` the right
    product's reference nearest to it.
    """

    severity: float
    seen: Pixels
    caption: str
    taken_for: str
    taken_for_image: Path | None
    truth: str
    truth_image: Path | None


def write(path: Path, title: str, figures: Mapping[str, object], mistakes: Sequence[Mistake]) -> None:
    """Write the figures and the WORST mistakes, each side by side with what it was taken for. Raises OSError."""
    worst = sorted(mistakes, key=lambda mistake: -mistake.severity)[:WORST]
    rows = "".join(
        f"<tr><td>{_picture(one.seen)}<br>{html.escape(one.caption)}</td>"
        f"<td>{_file(one.taken_for_image)}<br>{html.escape(one.taken_for)}</td>"
        f"<td>{_file(one.truth_image)}<br>{html.escape(one.truth)}</td></tr>"
        for one in worst
    )
    body = (
        f"<h1>{html.escape(title)}</h1>{_tables(figures)}<h2>The worst {len(worst)} of {len(mistakes)} mistakes</h2>"
        f"<table><tr><th>seen</th><th>taken for</th><th>is</th></tr>{rows}</table>"
    )
    page = f"<!doctype html><meta charset=utf-8><title>{html.escape(title)}</title><style>{STYLE}</style>{body}"
    path.write_text(page, encoding="utf-8")


def _tables(figures: Mapping[str, object]) -> str:
    """Plain figures as one table, each group of figures as another."""
    plain = {name: value for name, value in figures.items() if not isinstance(value, Mapping)}
    tables = [_table({"": plain})]
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


def _file(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return _picture(decode_photo(path.read_bytes(), PhotoLimits()).pixels)
    except (OSError, InvalidPhoto) as error:
        return html.escape(f"{path}: {error}")


def _picture(pixels: Pixels) -> str:
    scale = SIDE / max(pixels.shape[:2])
    size = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    data = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
    return f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(data.tobytes()).decode()}">'
