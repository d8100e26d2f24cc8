"""Columns of sealed values."""

from __future__ import annotations

from typing import Any

from django.db import models

from jingwu.people.vault.sealed import Sealed, blind_index, seal


class EncryptedTextField(models.TextField):
    """Text stored sealed; the attribute is a ``Sealed`` after loading, so no template shows it by accident.

    Plain text assigned to it is sealed on saving. It cannot be searched: a ``BlindIndexField`` can.
    """

    def context(self) -> str:
        """Return the name of the column, which the ciphertext is bound to."""
        return f"{self.model._meta.db_table}.{self.column}"

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Sealed | None:
        return None if value in (None, "") else Sealed(str(value), self.context())

    def to_python(self, value: Any) -> Any:
        return value

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, Sealed):
            return value.token
        return seal(str(value), self.context()).token

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("isnull",):
            raise TypeError(f"{self.name} is encrypted: ask its blind index instead of {lookup_name}")
        return super().get_lookup(lookup_name)


class BlindIndexField(models.CharField):
    """The keyed digest of a neighbouring encrypted column, kept by the column itself on every save."""

    def __init__(self, *args: Any, source: str = "", **kwargs: Any) -> None:
        self.source = source
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("null", True)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "source": self.source}

    def digest(self, plain: str) -> str:
        """Return what equal values of the column have in common."""
        column = self.model._meta.get_field(self.source).column
        return blind_index(plain, f"{self.model._meta.db_table}.{column}")

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        value = getattr(model_instance, self.source)
        if not isinstance(value, Sealed):
            setattr(model_instance, self.attname, self.digest(str(value)) if value else None)
        return getattr(model_instance, self.attname)
