"""Who is told of changes: what is due is sent, and what was sent is written off."""
