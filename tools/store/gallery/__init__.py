"""The gallery's files: reference photos, gallery.csv, and photographed objects cut out of studio photos."""
