"""Drawing primitives that artwork, packs and scenes share."""
