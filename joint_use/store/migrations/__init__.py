"""The control database's tables of joint use, as numbered SQL files."""
