"""The header that bears the passphrase of an archive, percent-encoded."""

ARCHIVE_HEADER = "Renkei-Archive-Passphrase"
