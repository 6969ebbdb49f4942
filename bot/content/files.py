"""The files of content/, with a deployment's own directory, the overlay, laid over them."""

from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

from bot.content.reader import Document, Problem
from bot.settings import ROOT, load_settings

#: Files that an overlay may not change, and why.
FIXED = {"topics.yml": "the model is trained with content/topics.yml, so an overlay cannot change it; remove the file"}
#: Folders to which an overlay may add files; everywhere else it changes files of content/.
OPEN_FOLDERS = ("cards", "en/comparisons", "en/easier", "en/guidance", "en/replies")


class Content(NamedTuple):
    """A directory of content, and the overlay of a deployment if it has one.

    A file of the overlay holds only what differs: see `Document.merge`.
    """

    base: Path
    overlay: Optional[Path] = None

    def document(self, name: str) -> Document:
        """A file by its path within content/, with the changes of the overlay.

        Raises:
            ContentError: it is missing or not YAML.
        """
        base, changes = self.base / name, self._changes_to(name)
        if changes is None:
            return Document.read(base, f"content/{name}")
        return Document.read(base, f"content/{name}").merge(changes) if base.exists() else changes

    def names(self, pattern: str) -> List[str]:
        """The paths within content/ of the files that match a glob pattern, sorted."""
        folders = [self.base, *([self.overlay] if self.overlay else [])]
        return sorted({str(path.relative_to(folder)) for folder in folders for path in folder.glob(pattern)})

    def misplaced(self) -> Iterator[Problem]:
        """Files of the overlay that change nothing, or that may not be changed."""
        if self.overlay is None:
            return
        for path in sorted(self.overlay.rglob("*.yml")):
            name = str(path.relative_to(self.overlay))
            if name in FIXED:
                yield Problem(self._shown(name), 1, FIXED[name])
            elif not (self.base / name).exists() and str(Path(name).parent) not in OPEN_FOLDERS:
                yield Problem(self._shown(name), 1, "is no file of content/; rename it to the one that it changes")

    def _changes_to(self, name: str) -> Optional[Document]:
        if self.overlay is None or not (self.overlay / name).exists():
            return None
        return Document.read(self.overlay / name, self._shown(name))

    def _shown(self, name: str) -> str:
        """The name of an overlay's file in messages: relative to this repository if it is in it."""
        path = (self.overlay or self.base) / name
        return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


#: The content as it is shipped, and the content of this deployment.
SHIPPED = Content(ROOT / "content")
CONTENT = SHIPPED._replace(overlay=load_settings().content_dir)
