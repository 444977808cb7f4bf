"""The segmenter: annotated photos, composed scenes, network, training and export."""
