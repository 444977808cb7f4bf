"""The page of the gRPC API: the calls, messages and enums of .proto files, with their comments."""

from __future__ import annotations

import itertools
import re
import tempfile
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import grpc_tools
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
    ServiceDescriptorProto,
    SourceCodeInfo,
)
from grpc_tools import protoc

from reference.page import MissingDescription, escaped, notice, table
from tillsight.domain.errors import InvalidInput

INTRODUCTION = """\
# API

The public API is the gRPC package `{package}`. The files are in `protos/{folder}/`. The server also has
`grpc.health.v1.Health` and reflection. An error has a gRPC status and a message that says what was wrong, in which
input, and what to do.

A field that is not set has the value 0, false or empty.

Types: {types}"""
WELL_KNOWN = "https://protobuf.dev/reference/protobuf/google.protobuf/"
"""Describes the messages of the package google.protobuf."""

MESSAGES, ENUMS, SERVICES = 4, 5, 6
"""Field numbers of FileDescriptorProto. A source location is a path of such numbers and positions."""
MEMBERS = 2
"""The field number of a message's fields, an enum's values and a service's methods."""
ONEOFS = 8
"""The field number of a message's oneof declarations."""
ALIGNED = re.compile(r"^ {2,}\S|\S {2,}\S")
"""A line of a comment that is indented or aligned in columns, and not prose."""

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comments:
    """The comments of a file, by the source location of the declarations."""

    locations: dict[Place, SourceCodeInfo.Location]

    def of(self, place: Place) -> str:
        """The comment above a declaration, or else the one behind it; empty if it has none."""
        location = self.locations[place]
        lines = (location.leading_comments or location.trailing_comments).splitlines()
        return "\n".join(line.removeprefix(" ").rstrip() for line in lines).strip("\n")

    def groups(self, service: ServiceDescriptorProto, place: Place) -> dict[str, list[str]]:
        """The calls of a service by group. A group is a comment by itself, above the first call; often there is none.

        protoc counts a comment right after the opening brace as a trailing comment of the service.
        """
        group = self.locations[place].trailing_comments
        groups: dict[str, list[str]] = {}
        for index, method in enumerate(service.method):
            detached = self.locations[*place, MEMBERS, index].leading_detached_comments
            group = detached[-1] if detached else group
            groups.setdefault(group.strip().rstrip("."), []).append(method.name)
        return groups


def read_protos(folder: Path) -> list[FileDescriptorProto]:
    """The descriptors of all .proto files under a folder, imported files first. Raises InvalidInput if protoc fails."""
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    sources = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.proto"))]
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "protos"
        options = ["--include_source_info", "--include_imports", f"--descriptor_set_out={out}"]
        if protoc.main(["protoc", f"-I{folder}", f"-I{well_known}", *options, *sources]) != 0:
            raise InvalidInput(f"protoc refuses the files in {folder}: correct the errors above")
        files = FileDescriptorSet.FromString(out.read_bytes()).file
    return [file for file in files if file.name in sources]


def api_page(files: Sequence[FileDescriptorProto]) -> str:
    """The Markdown page of the API: every service with its calls, then every message and enum.

    Raises MissingDescription for a call without a comment, and InvalidInput for messages that are nested.
    """
    services: list[str] = []
    types: dict[str, list[str]] = {}
    for file in files:
        comments = Comments({tuple(one.path): one for one in file.source_code_info.location})
        for index, service in enumerate(file.service):
            services += _service(file.name, service, comments, (SERVICES, index))
        for index, message in enumerate(file.message_type):
            types[message.name] = list(_message(message, comments, (MESSAGES, index)))
        for index, enum in enumerate(file.enum_type):
            types[enum.name] = list(_enum(enum, comments, (ENUMS, index)))
    package = files[0].package
    links = ", ".join(map(_link, sorted(types)))
    introduction = INTRODUCTION.format(
        package=package,
        folder=package.replace(".", "/"),
        types=textwrap.fill(links, 113, break_long_words=False, break_on_hyphens=False),
    )
    return "\n\n".join([notice("protos/"), introduction, *services, *itertools.chain(*types.values())]) + "\n"


def _service(file: str, service: ServiceDescriptorProto, comments: Comments, place: Place) -> Iterator[str]:
    yield f"## {service.name}"
    yield from _blocks(comments.of(place))
    groups = comments.groups(service, place)
    yield "\n".join(f"- {group or 'Calls'}: {', '.join(map(_link, calls))}" for group, calls in groups.items())
    for index, method in enumerate(service.method):
        comment = comments.of((*place, MEMBERS, index))
        if not comment:
            raise MissingDescription(f"call {service.name}.{method.name} in {file} has no comment: add one above it")
        yield f"### {method.name}"
        yield _signature(method)
        yield from _blocks(comment)


def _signature(method: MethodDescriptorProto) -> str:
    request = ("stream of " if method.client_streaming else "") + _link(method.input_type)
    response = ("stream of " if method.server_streaming else "") + _link(method.output_type)
    return f"{request} → {response}"


def _message(message: DescriptorProto, comments: Comments, place: Place) -> Iterator[str]:
    maps = {entry.name: entry.field for entry in message.nested_type if entry.options.map_entry}
    if message.enum_type or len(maps) < len(message.nested_type):
        raise InvalidInput(f"message {message.name} has nested types: declare them beside it, so that links find them")
    yield f"## {message.name}"
    yield from _blocks(comments.of(place))
    rows, choices = [], {}
    for index, field in enumerate(message.field):
        meaning = escaped(comments.of((*place, MEMBERS, index)))
        # protoc makes a oneof of its own for each `optional` field.
        if field.HasField("oneof_index") and not field.proto3_optional:
            choice = message.oneof_decl[field.oneof_index].name
            choices[choice] = comments.of((*place, ONEOFS, field.oneof_index))
            meaning += f" Only one field of `{choice}` is set."
        entry = maps.get(field.type_name.rpartition(".")[2])
        kind = f"map of {_type(entry[0])} to {_type(entry[1])}" if entry else _label(field) + _type(field)
        rows.append((f"`{field.name}`", kind, meaning))
    yield table(("field", "type", "meaning"), rows) if rows else "No fields."
    yield from (f"`{choice}`: {escaped(comment)}" for choice, comment in choices.items() if comment)


def _enum(enum: EnumDescriptorProto, comments: Comments, place: Place) -> Iterator[str]:
    yield f"## {enum.name}"
    yield from _blocks(comments.of(place))
    meanings = [escaped(comments.of((*place, MEMBERS, index))) for index in range(len(enum.value))]
    rows = [(f"`{one.name}`", str(one.number), text) for one, text in zip(enum.value, meanings, strict=True)]
    yield table(("value", "number", "meaning"), rows)


def _label(field: FieldDescriptorProto) -> str:
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return "repeated "
    return "optional " if field.proto3_optional else ""


def _type(field: FieldDescriptorProto) -> str:
    if field.type_name:
        return _link(field.type_name)
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _link(name: str) -> str:
    """A call or type of this page as a link to its heading; .google.protobuf.Struct and its like elsewhere."""
    page = WELL_KNOWN if name.startswith(".google.protobuf.") else ""
    short = name.rpartition(".")[2]
    return f"[{short}]({page}#{short.lower()})"


def _blocks(comment: str) -> Iterator[str]:
    """A comment as Markdown blocks; indented and aligned lines become a block of preformatted text."""
    for aligned, lines in itertools.groupby(comment.splitlines(), key=lambda line: bool(ALIGNED.search(line))):
        text = textwrap.dedent("\n".join(lines)).strip("\n")
        if text:
            yield f"```text\n{text}\n```" if aligned else escaped(text)
