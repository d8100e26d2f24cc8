"""Static files: hashed and compressed once collected, plain before that."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStatic(CompressedManifestStaticFilesStorage):
    """Names files with a hash; before `collectstatic` (tests, a developer's server) names stay plain."""

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """Return the hashed name from the manifest, or ``name`` itself when nothing was collected yet."""
        return super().stored_name(name) if self.hashed_files else name
