"""Pack shapes: each module draws the packs of one kind, with the front from `store.artwork`."""
