"""From a photo to instances, embeddings, products and verdicts."""
