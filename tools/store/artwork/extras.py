"""What some families print beside the texts: a badge, small print, nutrition values, a barcode, a size banner."""

from __future__ import annotations

from store.artwork.design import Design
from store.artwork.print_elements import draw_badge, draw_barcode, draw_nutrition, draw_small_print
from store.catalogue.product_spec import ProductSpec
from store.colours import luma, readable_ink
from store.graphics.primitives import mean_colour, paint_mask, polygon
from store.graphics.typography import fit_text, rotate_mask
from tillsight.domain.arrays import Pixels


def draw_extras(canvas: Pixels, design: Design, spec: ProductSpec, weight: tuple[float, float, float, float]) -> None:
    """The badge, and beside the box `weight` small print, nutrition values or a barcode, as the design says."""
    h, w = canvas.shape[:2]
    if design.badge:
        draw_badge(
            canvas,
            design.badge,
            w * (0.15 if design.badge_left else 0.85),
            h * (0.52 + 0.05 * design.layout_shift[0]),
            0.125 * min(w, h * 1.1),
            (236, 60, 40) if luma(design.base) > 110 else (250, 214, 60),
            design.badge_points,
        )
    left, right = weight[0] - weight[2] / 2, weight[0] + weight[2] / 2
    start, stop = (0.04, left - 0.03) if left > 1 - right else (right + 0.03, 0.96)
    room, x = stop - start, (start + stop) / 2
    if design.print_block == 1:
        draw_nutrition(
            canvas,
            x * w,
            0.945 * h,
            min(0.5, room) * w,
            min(0.055 * h, 0.22 * room * w),
            design.brand_colour,
            spec.family,
        )
    elif design.print_block == 2:
        draw_barcode(
            canvas, (x - min(0.15, room / 2)) * w, 0.88 * h, min(0.3, room) * w, 0.09 * h, 1000003 * (spec.label + 1)
        )
    elif design.print_block in (3, 4):
        draw_small_print(
            canvas,
            x * w,
            0.94 * h,
            room * w,
            0.07 * h,
            readable_ink(mean_colour(canvas, (x, 0.94, room, 0.07))),
            spec.family,
        )


def draw_size_banner(canvas: Pixels, design: Design, rank: int) -> None:
    """A banner across the upper right corner that marks a larger size; `rank` is the size rank from 1."""
    h, w = canvas.shape[:2]
    reach = 0.36 * min(w, h)
    polygon(canvas, [(w - reach, 0), (w - 0.55 * reach, 0), (w, 0.55 * reach), (w, reach)], design.flavour_light)
    text = rotate_mask(fit_text(("MAXI", "FAMILY")[min(rank, 2) - 1], "sans-bold", 0.6 * reach, 0.16 * reach), -45.0)
    paint_mask(canvas, text, w - 0.39 * reach, 0.39 * reach, readable_ink(design.flavour_light))
