"""The synthetic store: products, counters and annotated counter scenes, drawn by code from a seed.

Nothing is downloaded. Each image depends on its seed and its index only.

Where to find what; each package imports only from those above it:

- `store.random_streams`, `store.colours`, `store.arrays`: random numbers, colours and array types for all packages
- `store.catalogue`: which products the store sells, from a label number to a `ProductSpec`
- `store.graphics`: drawing primitives, text, pictograms, textures and light
- `store.artwork`: the printed front of a pack
- `store.packs`: pack shapes; `store.produce`: loose fruit and vegetables
- `store.products`: `describe` and `render`, the entry point for one product
- `store.gallery`: reference photos, gallery.csv and photographed objects
- `store.scenes`: counter photos with their instance masks, and COCO annotations
"""
