"""What can be done with the files and entities of a model."""
