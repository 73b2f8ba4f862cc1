"""What the `renkei` command can do: one module per part, each with a typer `app`."""
