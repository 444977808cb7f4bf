"""Random streams addressed by name, so that any image can be drawn without the ones before it."""

from __future__ import annotations

import zlib

import numpy as np

_WORD = 2**64 - 1  # negative keys wrap; SeedSequence takes none


def stream(seed: int, *keys: int | str) -> np.random.Generator:
    """A generator that depends on `seed` and the keys only.

    Strings enter by their CRC-32, so renaming a key changes every image drawn with it.
    """
    words = [zlib.crc32(key.encode()) if isinstance(key, str) else int(key) & _WORD for key in keys]
    return np.random.default_rng(np.random.SeedSequence([seed, len(words), *words]))


def pick(rng: np.random.Generator, *choices: str) -> str:
    """One of the given strings, each with the same probability."""
    return choices[int(rng.integers(len(choices)))]


def chance(rng: np.random.Generator, probability: float) -> bool:
    """True with the given probability (0..1)."""
    return bool(rng.random() < probability)
