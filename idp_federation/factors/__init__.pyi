from .guessing import guess

__all__ = ["guess"]
