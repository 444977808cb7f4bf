"""The model card of a segmenter."""

from __future__ import annotations

from segmentation.model_card import TrainingFacts, model_card


def test_the_card_has_all_facts_and_leaves_the_fingerprint_to_the_export() -> None:
    facts = TrainingFacts("counters", "coco", 25, 310, 0.3, "imagenet", 120, 7.25, 4)

    card = model_card(facts, {"ap50": 0.875})

    assert "`{fingerprint}`, {megabytes} MB" in card
    assert "`counters` (coco): 25 photos, 310" in card and "30% of the objects" in card
    assert "120 steps of four scenes in 7.2 minutes, seed 4" in card and "| ap50 | 0.875 |" in card
