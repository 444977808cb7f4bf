"""The values, errors, identifiers and limits that all other packages share. Imports no other package of Tillsight."""
