"""Gallery versions, and how one replaces another while calls are answered."""
