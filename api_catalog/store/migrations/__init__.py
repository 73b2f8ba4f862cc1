"""SQL files of the catalog, numbered."""
