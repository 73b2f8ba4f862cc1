"""Levels of assurance between platforms: held, required, reconciled, each decision explained."""
