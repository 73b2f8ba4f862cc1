"""HTTP in: what the house of data models serves."""
