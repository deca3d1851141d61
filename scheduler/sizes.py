"""Numbers of bytes as people write them: the same on every screen."""


def size(num_bytes: float) -> str:
    """Bytes as people write them."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if num_bytes < 1024:  # noqa: PLR2004 (the next unit)
            return f"{num_bytes:.0f} {unit}" if unit == "bytes" else f"{num_bytes:.1f} {unit}"
        num_bytes /= 1024
    return f"{num_bytes:.1f} TiB"
