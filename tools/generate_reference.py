"""Generate docs/reference/api.md from protos/ and docs/reference/settings.md from services/tillsight/config.py.

With --check, only compare the existing pages with new ones.
"""

from __future__ import annotations

import re
import sys
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import typer
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    ServiceDescriptorProto,
)
from grpc_tools import protoc
from pydantic.fields import FieldInfo

from tillsight.config import Settings

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
REFERENCE = ROOT / "docs" / "reference"

MESSAGES, ENUMS, SERVICES = 4, 5, 6
"""Field numbers of FileDescriptorProto. A source location is a path of such numbers and positions."""
MEMBERS = 2
"""The field number of a message's fields, an enum's values and a service's methods."""
ALIGNED = re.compile(r"^ {2,}\S|\S {2,}\S")
"""A line of a comment that is indented or aligned in columns, and not prose."""

API_HEAD = """\
# API

<!-- Generated from protos/tillsight/v1 by tools/generate_reference.py. Do not edit. -->

The public API is the gRPC package `{package}`. The files are in `protos/{folder}/`. The server also has
`grpc.health.v1.Health` and reflection. An error has a gRPC status and a message that says what was wrong, in which
input, and what to do.

Types: {types}
"""
SETTINGS_HEAD = """\
# Settings

<!-- Generated from services/tillsight/config.py by tools/generate_reference.py. Do not edit. -->

A setting is an environment variable, or a line `NAME=value` in a file `.env` in the working folder. The environment
overrides the file. An option of the command line overrides both. An invalid value stops the command with a message
that names the setting.

| setting | type | default | limits | description |
|---|---|---|---|---|
"""

TYPE_NAMES: Mapping[Any, str] = {str: "text", int: "integer", float: "number", Path: "path"}
SIGNS = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
"""The limits of a setting, by their names in `annotated_types`."""

Comments = Mapping[tuple[int, ...], str]
"""The comment before each declaration, empty if it has none, by the path of its source location."""


def read_protos(folder: Path) -> list[FileDescriptorProto]:
    """The descriptors of all .proto files under a folder, with their comments. Raises typer.Exit if protoc fails."""
    import grpc_tools

    well_known = Path(grpc_tools.__file__).parent / "_proto"
    sources = [str(path.relative_to(folder)) for path in sorted(folder.rglob("*.proto"))]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "protos"
        options = ["--include_source_info", f"--descriptor_set_out={out}"]
        if protoc.main(["protoc", f"-I{folder}", f"-I{well_known}", *options, *sources]) != 0:
            raise typer.Exit(1)
        return list(FileDescriptorSet.FromString(out.read_bytes()).file)


def api_page(files: Sequence[FileDescriptorProto]) -> str:
    """docs/reference/api.md: every service with its calls, then every message and enum."""
    # Fewest imports first: a file comes before those that use its types.
    ordered = sorted(files, key=lambda file: len(file.dependency))
    services: list[str] = []
    types: dict[str, str] = {}
    for file in ordered:
        comments = {tuple(one.path): one.leading_comments for one in file.source_code_info.location}
        for index, service in enumerate(file.service):
            services += _service(service, comments, (SERVICES, index))
        for index, message in enumerate(file.message_type):
            types[message.name] = _message(message, comments, (MESSAGES, index))
        for index, enum in enumerate(file.enum_type):
            values = [(value.name, str(value.number), "") for value in enum.value]
            types[enum.name] = _type(enum.name, ("value", "number"), values, comments, (ENUMS, index))
    links = ", ".join(map(_link, sorted(types)))
    package = ordered[0].package
    head = API_HEAD.format(
        package=package,
        folder=package.replace(".", "/"),
        types=textwrap.fill(links, 120, break_long_words=False, break_on_hyphens=False),
    )
    return "\n".join([head, *services, *types.values()])


def _service(service: ServiceDescriptorProto, comments: Comments, path: tuple[int, ...]) -> Iterator[str]:
    yield f"## {service.name}\n"
    yield from _blocks(comments[path])
    for index, method in enumerate(service.method):
        request = ("stream of " if method.client_streaming else "") + _link(method.input_type)
        response = ("stream of " if method.server_streaming else "") + _link(method.output_type)
        yield f"### {method.name}\n\n{request} → {response}\n"
        yield from _blocks(comments[*path, MEMBERS, index])


def _message(message: DescriptorProto, comments: Comments, path: tuple[int, ...]) -> str:
    maps = {entry.name: entry.field for entry in message.nested_type if entry.options.map_entry}
    rows = []
    for field in message.field:
        entry = maps.get(field.type_name.rpartition(".")[2])
        repeated = "repeated " if field.label == FieldDescriptorProto.LABEL_REPEATED else ""
        kind = f"map of {_scalar(entry[0])} to {_scalar(entry[1])}" if entry else repeated + _scalar(field)
        choice = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else ""
        rows.append((field.name, kind, f"Only one field of `{choice}` is set." if choice else ""))
    return _type(message.name, ("field", "type"), rows, comments, path)


def _type(
    name: str,
    columns: tuple[str, str],
    members: Sequence[tuple[str, str, str]],
    comments: Comments,
    path: tuple[int, ...],
) -> str:
    """A message or an enum: its comment, and a table of its members (name, second column, further note)."""
    parts = [f"## {name}\n", *_blocks(comments[path])]
    if not members:
        return "\n".join([*parts, "No fields.\n"])
    rows = [
        f"| `{member}` | {value} | {' '.join(f'{_escaped(comments[*path, MEMBERS, index])} {note}'.split())} |"
        for index, (member, value, note) in enumerate(members)
    ]
    return "\n".join([*parts, f"| {' | '.join(columns)} | meaning |", "|---|---|---|", *rows, ""])


def _scalar(field: FieldDescriptorProto) -> str:
    if field.type_name:
        return _link(field.type_name)
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _link(type_name: str) -> str:
    """A type of this API as a link to its heading; another one, such as .google.protobuf.Struct, by its full name."""
    name = type_name.rpartition(".")[2]
    return f"`{type_name[1:]}`" if type_name.startswith(".google.") else f"[{name}](#{name.lower()})"


def _blocks(comment: str) -> Iterator[str]:
    """A comment as Markdown blocks; indented and aligned lines become a block of preformatted text."""
    block: list[str] = []
    aligned = False
    for line in [*(text.removeprefix(" ").rstrip() for text in comment.splitlines()), ""]:
        if block and (not line or bool(ALIGNED.search(line)) != aligned):
            yield "\n".join(["```text", *block, "```", ""] if aligned else [*map(_escaped, block), ""])
            block = []
        if line:
            aligned = bool(ALIGNED.search(line))
            block.append(line)


def _escaped(text: str) -> str:
    """Prose in which Markdown shows the characters of formulas and tables as they are."""
    return re.sub(r"([*|<])", r"\\\1", text)


def settings_page(fields: Mapping[str, FieldInfo], prefix: str) -> str:
    """docs/reference/settings.md: every setting with its type, default, limits and description."""
    rows = []
    for name, field in fields.items():
        default = "empty" if field.default == "" else f"`{field.default}`"
        cells = (f"`{prefix}{name.upper()}`", TYPE_NAMES[field.annotation], default, _limits(field), field.description)
        rows.append(f"| {' | '.join(map(str, cells))} |\n")
    return SETTINGS_HEAD + "".join(rows)


def _limits(field: FieldInfo) -> str:
    limits = []
    for limit in field.metadata:
        limits += [f"{sign} {getattr(limit, name)}" for name, sign in SIGNS.items() if hasattr(limit, name)]
        if pattern := getattr(limit, "pattern", None):
            limits.append(pattern.replace("|", r"\|"))
    return ", ".join(f"`{limit}`" for limit in limits)


def pages() -> dict[str, str]:
    """The text of each generated page, by its file name."""
    prefix = str(Settings.model_config["env_prefix"])
    return {
        "api.md": api_page(read_protos(PROTOS)),
        "settings.md": settings_page(Settings.model_fields, prefix),
    }


def stale(folder: Path, fresh: Mapping[str, str]) -> list[str]:
    """The names of the pages that are missing in a folder or differ from the generated ones."""
    return sorted(
        name
        for name, text in fresh.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    )


def main(check: bool = False) -> None:
    """Generate the reference pages, or check that they are up to date."""
    fresh = pages()
    if not check:
        REFERENCE.mkdir(parents=True, exist_ok=True)
        for name, text in fresh.items():
            (REFERENCE / name).write_text(text, encoding="utf-8")
    elif found := stale(REFERENCE, fresh):
        folder = REFERENCE.relative_to(ROOT)
        typer.echo(f"out of date in {folder}: {', '.join(found)}; run tools/generate_reference.py", err=True)
        sys.exit(1)


if __name__ == "__main__":
    typer.run(main)
