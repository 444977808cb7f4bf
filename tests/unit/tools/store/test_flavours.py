"""Flavours can be told apart by their pictogram and its colour."""

from __future__ import annotations

from store.catalogue.flavours import FLAVOURS, SHARED_PICTOGRAMS


def test_flavours_that_share_a_pictogram_show_it_in_their_own_colour() -> None:
    shared = [f for f, (pictogram, _, _) in FLAVOURS.items() if pictogram in SHARED_PICTOGRAMS]
    colours = [FLAVOURS[f][:2] for f in shared]
    assert len(shared) > 10 and len(set(colours)) == len(colours)
