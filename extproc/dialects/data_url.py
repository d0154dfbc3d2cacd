"""``data:`` URLs (RFC 2397), by which OpenAI's APIs carry media in the request itself."""

from extproc.llm.parts import FileId, Inline, Source, Url


def source_of(url: str) -> Inline | Url:
    """The media behind an address; one that is not base64 stays an address."""
    if url[:5].lower() != "data:":
        return Url(url)
    head, comma, data = url[5:].partition(",")
    media_type, *parameters = head.split(";")
    if not comma or "base64" not in parameters:
        return Url(url)
    return Inline(media_type.strip().lower(), data)


def url_of(source: Source) -> str | None:
    """The address of media; ``None`` for a file id, which has none."""
    if isinstance(source, Url):
        return source.url
    if isinstance(source, FileId):
        return None
    return f"data:{source.media_type or 'application/octet-stream'};base64,{source.data}"
