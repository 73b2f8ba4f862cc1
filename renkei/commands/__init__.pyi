from .demo_token import demo_token

__all__ = ["demo_token"]
