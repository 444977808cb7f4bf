"""Soft packs: pouches, wrapped bars and tubes, with welded ends and wrinkles."""

from __future__ import annotations

import cv2
import numpy as np

from store.artwork.design import design_of
from store.artwork.front import front, long_front
from store.catalogue.product_spec import ProductSpec
from store.colours import WHITE, mix
from store.graphics.lighting import View, apply_light
from store.graphics.textures import smooth_noise, solid_colour
from store.packs.surface_of_revolution import revolve
from store.random_streams import chance, stream
from tillsight.domain.arrays import Pixels


def pouch(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A bag that bulges between a welded top and bottom, with wrinkles. uint8 [height, width, 4] RGBA."""
    rng = stream(spec.seed, "pouch", spec.family)
    weld = 0.045 + 0.02 * rng.random()
    art = front(spec, width, height)
    art = _weld(art, weld, horizontal=True)
    wrinkle_rng = view.rng
    y = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    bulge = (
        np.sqrt(np.clip(1 - np.abs(x) ** 2.6, 0, 1))
        * np.clip(np.sin(np.pi * np.clip((y - weld) / (1 - 2 * weld), 0, 1)), 0, 1) ** 0.4
    )
    folds = smooth_noise(wrinkle_rng, height, width, 7, 11) * (0.25 + np.abs(2 * y - 1)) * 0.2
    creases = smooth_noise(wrinkle_rng, height, width, 14, 9) * 0.05
    shade = 0.74 + 0.32 * bulge + folds * view.wrinkles + creases * view.wrinkles - 0.1 * x * -view.light
    shine = (
        np.clip(
            folds * 1.4 + 0.5 * np.exp(-(((x - 0.55 * np.sign(view.light + 0.01)) / 0.13) ** 2)) * bulge - 0.1, 0, 0.5
        )
        * view.gloss
        * 0.7
    )
    art = apply_light(art, shade.astype(np.float32), shine.astype(np.float32))
    edge = (
        0.5
        * width
        * (0.965 - 0.035 * np.sin(np.pi * y[:, 0]) + 0.012 * smooth_noise(wrinkle_rng, height, 1, 9, 2)[:, 0])
    )
    if chance(rng, 0.35):  # a stand-up pouch is narrower at the top
        edge *= 1.02 - 0.05 * (1 - y[:, 0])
    edge = np.minimum(edge, width / 2 - 1)
    alpha = np.clip(edge[:, None] - np.abs(np.arange(width) - width / 2 + 0.5)[None, :] + 0.5, 0, 1) * 255
    out = np.dstack([art, alpha.astype(np.uint8)])
    if chance(rng, 0.5):
        out = _zigzag(out)
    return out


def bar(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A flow-wrapped bar, welded left and right. uint8 [height, width, 4] RGBA."""
    art = _weld(front(spec, width, height), 0.05, horizontal=False)
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    folds = smooth_noise(view.rng, height, width, 5, 14) * 0.14 * view.wrinkles
    shade = 0.72 + 0.34 * np.sqrt(np.clip(1 - np.abs(y) ** 3, 0, 1)) + folds
    shine = view.gloss * 0.4 * np.exp(-(((y + 0.45) / 0.14) ** 2)) * (1 + folds * 3)
    art = apply_light(art, shade.astype(np.float32), np.clip(shine, 0, 0.5).astype(np.float32))
    body = np.dstack([art, np.full((height, width), 255, np.uint8)])
    body[:1, :, 3] = body[-1:, :, 3] = 0
    rotated = np.ascontiguousarray(np.swapaxes(body, 0, 1))
    return np.ascontiguousarray(np.swapaxes(_zigzag(rotated), 0, 1))


def tube(spec: ProductSpec, width: int, height: int, view: View) -> Pixels:
    """A tube on its cap, welded at the top, round at the bottom. uint8 [height, width, 4] RGBA."""
    design = design_of(spec)
    wrap = int(width * 1.1)
    cap = int(0.13 * height)
    art = _weld(long_front(spec, wrap, height - cap), 0.05, horizontal=True)
    cap_part = solid_colour(cap, wrap, design.brand_colour if design.print_block % 2 else WHITE)
    ribs = 1 + 0.12 * np.sin(np.arange(wrap, dtype=np.float32))[None, :]
    body = np.concatenate([art, apply_light(cap_part, np.broadcast_to(ribs, (cap, wrap)).astype(np.float32))])
    return revolve(
        body,
        [(0, 1), (0.04, 1), (0.84, 0.78), (0.868, 0.66), (0.872, 0.58), (1, 0.54)],
        width,
        view,
        gloss=0.45,
        bow=0.01,
        flatness=0.4,
    )


def _weld(art: Pixels, share: float, horizontal: bool) -> Pixels:
    """Draw fine ribs over the two welded ends, each `share` of the height (of the width where not horizontal)."""
    if not horizontal:
        return np.ascontiguousarray(np.swapaxes(_weld(np.ascontiguousarray(np.swapaxes(art, 0, 1)), share, True), 0, 1))
    h, w = art.shape[:2]
    band = max(3, int(share * h))
    ribs = (0.86 + 0.16 * np.sin(np.arange(w, dtype=np.float32) * 2 * np.pi / max(3.0, w / 50)))[None, :]
    light = mix((200, 200, 204), WHITE, 0.3)
    for part in (art[:band], art[-band:]):
        tinted = np.asarray(cv2.addWeighted(part, 0.75, solid_colour(part.shape[0], w, light), 0.25, 0), np.uint8)
        part[:] = apply_light(tinted, np.broadcast_to(ribs, part.shape[:2]).astype(np.float32))
    return art


def _zigzag(sheet: Pixels) -> Pixels:
    """Cut teeth into the upper and lower edge."""
    h, w = sheet.shape[:2]
    tooth = max(3.0, w / 36)
    depth = np.abs((np.arange(w) / tooth) % 1 - 0.5) * 2 * max(2.0, h * 0.012)
    y = np.arange(h, dtype=np.float32)[:, None]
    cover = np.clip(y - depth[None, :] + 0.5, 0, 1) * np.clip(h - 1 - y - depth[None, :] + 0.5, 0, 1)
    sheet[..., 3] = (sheet[..., 3] * cover).astype(np.uint8)
    return sheet
