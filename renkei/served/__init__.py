"""What each house serves over HTTP; only those that are asked for are loaded (`HOUSES`)."""
