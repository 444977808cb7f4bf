"""Tillsight: a photo of products in; boxes, masks, labels and scores out."""
