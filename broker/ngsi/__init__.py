"""The words of ETSI GS CIM 009 as frozen dataclasses and plain functions: pure, no I/O."""
