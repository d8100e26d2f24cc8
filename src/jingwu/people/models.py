"""Tables of the room ``people``."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class Account(AbstractUser):
    """An account that signs in."""
