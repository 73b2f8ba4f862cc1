"""Numbered SQL files of the control database's identity tables."""
