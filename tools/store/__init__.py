"""The synthetic store: products, counters and annotated counter scenes, drawn by code from a seed.

`store.products` draws one label, `store.backgrounds` a counter, `store.scenes` lays objects on a
counter, `store.cutouts` takes photographed objects off their ground, `store.gallery` and
`store.coco` write the files that `tools/make_store.py` promises. Nothing is downloaded, and every
picture depends on nothing but its seed and its index.
"""
