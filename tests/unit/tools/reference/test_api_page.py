"""The generated page of the gRPC API."""

from __future__ import annotations

from pathlib import Path

import pytest

from reference.api_page import api_page, read_protos
from reference.page import MissingDescription
from tillsight.domain.errors import InvalidInput

PROTO = """\
syntax = "proto3";
package shop.v1;

import "google/protobuf/struct.proto";
import "things.proto";

// Counts things.
service Counter {
  // Changes.

  // Counts.
  //
  // OK        it is counted
  // NOT_FOUND it is not
  rpc Count(stream CountRequest) returns (CountResponse);
  // Moves.
  rpc Move(CountRequest) returns (stream CountResponse);

  // Reading.

  // Looks.
  rpc Look(CountRequest) returns (CountResponse);
}

message CountRequest {
  // What is counted,
  // in words.
  repeated Thing things = 1;
  // Where: anywhere if unset.
  oneof place {
    // A * marks it.
    string shelf = 2;
    uint32 row = 3;
  }
  // Unset: all of them.
  optional uint64 limit = 4;
  google.protobuf.Struct attributes = 5;
}

// The answer.
//   sum = all of them
message CountResponse {
  map<string, double> counts = 1;
  map<string, Thing> examples = 2;
  State state = 3; // How it went.
}

enum State {
  STATE_UNSPECIFIED = 0;
  // Still there.
  STATE_THERE = 1;
}
"""
THINGS = """\
syntax = "proto3";
package shop.v1;

message Thing {}
"""


def write_protos(folder: Path, text: str = PROTO) -> Path:
    (folder / "counting.proto").write_text(text)
    (folder / "things.proto").write_text(THINGS)
    return folder


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return api_page(read_protos(write_protos(tmp_path_factory.mktemp("protos"))))


def test_the_page_starts_with_its_source_and_its_command(page: str) -> None:
    assert page.startswith("<!-- Generated from protos/ by `python tools/generate_reference.py`.")


def test_a_call_has_its_comment_and_links_to_its_messages(page: str) -> None:
    assert "## Counter\n\nCounts things.\n" in page
    assert "### Count\n\nstream of [CountRequest](#countrequest) → [CountResponse](#countresponse)\n\nCounts.\n" in page
    assert "### Move\n\n[CountRequest](#countrequest) → stream of [CountResponse](#countresponse)\n\nMoves.\n" in page


def test_the_calls_of_a_service_are_listed_by_the_comments_between_them(page: str) -> None:
    assert "- Changes: [Count](#count), [Move](#move)\n- Reading: [Look](#look)\n" in page


def test_aligned_and_indented_lines_of_a_comment_are_preformatted(page: str) -> None:
    assert "```text\nOK        it is counted\n```\n" in page
    assert "The answer.\n\n```text\nsum = all of them\n```\n" in page


def test_a_message_lists_its_fields_with_types_labels_and_comments(page: str) -> None:
    assert "| `things` | repeated [Thing](#thing) | What is counted, in words. |" in page
    assert "| `counts` | map of string to double |  |" in page
    assert "| `examples` | map of string to [Thing](#thing) |  |" in page
    assert "| `limit` | optional uint64 | Unset: all of them. |" in page
    assert "| `attributes` | [Struct](https://protobuf.dev/reference/protobuf/google.protobuf/#struct) |  |" in page
    assert "## CountResponse\n\nThe answer.\n" in page
    assert "## Thing\n\nNo fields.\n" in page


def test_a_comment_behind_a_field_is_its_comment(page: str) -> None:
    assert "| `state` | [State](#state) | How it went. |" in page


def test_fields_of_which_only_one_is_set_are_marked(page: str) -> None:
    assert "| `shelf` | string | A \\* marks it. Only one field of `place` is set. |" in page
    assert "| `row` | uint32 | Only one field of `place` is set. |" in page
    assert "\n`place`: Where: anywhere if unset.\n" in page
    assert page.count("Only one field of") == 2


def test_an_enum_lists_its_values(page: str) -> None:
    assert "| `STATE_UNSPECIFIED` | 0 |  |" in page
    assert "| `STATE_THERE` | 1 | Still there. |" in page


def test_types_of_an_imported_file_come_before_those_that_use_them(page: str) -> None:
    assert page.index("\n## Thing\n") < page.index("\n## CountRequest\n")
    assert "## Struct" not in page


def test_two_runs_give_the_same_page(page: str, tmp_path: Path) -> None:
    assert api_page(read_protos(write_protos(tmp_path))) == page


def test_a_call_without_a_comment_is_an_error_that_names_it(tmp_path: Path) -> None:
    write_protos(tmp_path, PROTO.replace("  // Moves.\n", ""))
    with pytest.raises(MissingDescription, match=r"call Counter\.Move in counting\.proto has no comment"):
        api_page(read_protos(tmp_path))


def test_nested_messages_are_refused(tmp_path: Path) -> None:
    write_protos(tmp_path, PROTO + "message Outer { message Inner {} }\n")
    with pytest.raises(InvalidInput, match="message Outer has nested types"):
        api_page(read_protos(tmp_path))


def test_a_file_that_protoc_refuses_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken.proto").write_text("message {")
    with pytest.raises(InvalidInput, match="protoc refuses the files in"):
        read_protos(tmp_path)
