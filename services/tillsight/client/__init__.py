"""For callers of a running service: a typed client, manifests, the import of a manifest, and gallery files."""
