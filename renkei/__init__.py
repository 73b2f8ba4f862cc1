"""The roof: one command runs the whole platform, and introduces the houses to each other."""
