"""What a data model is, and how a table's cells and an entity say the same: pure."""
