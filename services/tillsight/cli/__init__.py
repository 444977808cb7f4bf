"""The `tillsight` command. `main` is the entry point."""
