"""The printed front of a pack: its design, its layout and what is printed on it."""
