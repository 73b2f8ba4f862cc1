"""The broker's tables in the control database, as numbered SQL files."""
