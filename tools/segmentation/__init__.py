"""Training the segmenter: data, targets, network, training, export."""
