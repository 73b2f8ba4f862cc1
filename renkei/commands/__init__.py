"""What the `renkei` command can do: one module per part, as its list in cli.py says."""
