"""Counter photos: background, placement, compositing, camera effects and COCO annotations."""
