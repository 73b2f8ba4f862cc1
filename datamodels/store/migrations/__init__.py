"""What the house of data models keeps in the control database."""
