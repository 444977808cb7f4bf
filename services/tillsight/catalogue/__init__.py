"""What catalogue editors do: enrol, remove, list, search, export and load."""
