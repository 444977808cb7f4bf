"""The values, errors, identifiers and limits that all other packages share. Imports nothing of ours."""
