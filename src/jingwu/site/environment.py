"""Loud readers of environment variables: a value that cannot be used stops the start with its name."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def boolean(name: str, default: bool) -> bool:
    """Return the variable as a truth value; anything but 1/0, true/false, yes/no, on/off is refused."""
    text = os.environ.get(name)
    if text is None:
        return default
    if text.strip().lower() in TRUE:
        return True
    if text.strip().lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {text!r}")


def integer(name: str, default: int) -> int:
    """Return the variable as a whole number."""
    text = os.environ.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {text!r}") from None


def words(name: str, default: list[str]) -> list[str]:
    """Return the variable's comma-separated words."""
    text = os.environ.get(name)
    if text is None:
        return default
    return [word.strip() for word in text.split(",") if word.strip()]


def secret(name: str, folder: Path) -> str:
    """Return the secret from the environment, else from a file only its owner reads, made on first use.

    The file serves the embedded set-up of one machine; a production set-up names its secrets itself.
    """
    if os.environ.get(name):
        return os.environ[name]
    path = folder / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # O_EXCL: of two processes starting at once, one makes the secret and the other reads it
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text()
        with os.fdopen(descriptor, "w") as handle:
            handle.write(secrets.token_urlsafe(48))
    return path.read_text()


def database(url: str) -> dict[str, object]:
    """Return Django's settings for a ``postgresql://`` URL; other engines are refused."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must be postgresql://…: the product runs on PostgreSQL only")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
