"""Where the reader finds this platform, for links and lines that are taken elsewhere."""

from starlette.requests import Request

from kit.pages.forgery import is_secure


def base_of(request: Request) -> str:
    """Answer with the address that the reader used, without a slash at its end."""
    scheme = "https" if is_secure(request) else "http"
    return f"{scheme}://{request.url.netloc}"
