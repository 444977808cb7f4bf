"""Augmentations of training scenes: light and camera, and the position of the camera."""

from __future__ import annotations

import math

import cv2
import numpy as np

from segmentation.targets import Scene
from tillsight.domain.arrays import Pixels


def augment_photometric(rng: np.random.Generator, image: Pixels) -> Pixels:
    """Random gamma, gain and colour cast, sometimes saturation, uneven light, blur, noise and JPEG: uint8 [H, W, 3]."""
    height, width = image.shape[:2]
    levels = np.arange(256, dtype=np.float32) / 255
    gamma, gain = math.exp(rng.normal(0, 0.25)), math.exp(rng.normal(0, 0.2))
    cast = np.exp(rng.normal(0, 0.07, 3))
    base = rng.normal(0, 0.04)
    table = [((levels**gamma) * gain * c + base) * 255 for c in cast]
    lookup = np.stack(table, axis=1).clip(0, 255).astype(np.uint8)[None]
    image = cv2.LUT(image, lookup)
    if rng.random() < 0.4:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        keep = rng.uniform(0.2, 1.4)
        image = cv2.addWeighted(image, keep, grey, 1 - keep, 0)
    if rng.random() < 0.6:
        cells = rng.uniform(0.55, 1.2, (int(rng.integers(2, 4)), int(rng.integers(2, 4)))).astype(np.float32)
        field = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
        image = cv2.multiply(image, cv2.merge([field] * 3), dtype=cv2.CV_8U)
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.4))
    if rng.random() < 0.4:
        noise = np.empty(image.shape, np.int16)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(noise, 0, rng.uniform(2, 12))
        image = cv2.add(image, noise, dtype=cv2.CV_8U)
    if rng.random() < 0.4:
        quality = int(rng.integers(35, 95))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return np.asarray(image, dtype=np.uint8)


def augment_geometric(rng: np.random.Generator, scene: Scene, height: int, width: int) -> Scene:
    """Rotate, mirror, scale and shift an annotated photo into height x width; mirroring fills the border."""
    rows, columns = scene.ids.shape
    fit = min(height / rows, width / columns)
    zoom = fit * math.exp(rng.uniform(-0.1, 0.7))
    turn = rng.uniform(0, 2 * math.pi) if rng.random() < 0.4 else rng.choice(4) * math.pi / 2 + rng.normal(0, 0.05)
    linear = zoom * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    if rng.random() < 0.5:
        linear[:, 0] *= -1
    source = np.array([columns * rng.uniform(0.4, 0.6), rows * rng.uniform(0.4, 0.6)])
    matrix = np.hstack([linear, (np.array([width / 2, height / 2]) - linear @ source)[:, None]])
    source_image = scene.image
    if zoom < 0.6:  # the warp only samples pixels: blur first, which avoids aliasing
        source_image = cv2.blur(source_image, (round(0.8 / zoom), round(0.8 / zoom)))
    image = cv2.warpAffine(
        source_image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )
    ids = cv2.warpAffine(
        scene.ids.astype(np.float32),
        matrix,
        (width, height),
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    # Mirrored copies at the border may be parts of objects: their instances are not learnt.
    trusted = cv2.warpAffine(scene.trusted.astype(np.uint8), matrix, (width, height), flags=cv2.INTER_NEAREST)
    return Scene(image, ids.astype(np.int32), trusted.astype(bool))
