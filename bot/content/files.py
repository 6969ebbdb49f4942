"""The files in content/, merged with the deployment's overlay if it has one."""

from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

from bot.content.reader import Document, Problem
from bot.settings import ROOT, load_settings

#: Files that an overlay must not change, and why.
FIXED = {"topics.yml": "the model is trained with content/topics.yml, so an overlay cannot change it; remove the file"}
#: Folders to which an overlay may add files. Elsewhere, it may only change files that exist in content/. A new file in
#: en/faq would contain questions that the model cannot recognise.
OPEN_FOLDERS = ("cards", "en/comparisons", "en/easier", "en/guidance", "en/next_steps", "en/replies")


class Content(NamedTuple):
    """A content directory, and the deployment's overlay if it has one.

    A file in the overlay contains only its differences from the file of the same name (see `Document.merge`).
    """

    base: Path
    overlay: Optional[Path] = None

    def document(self, name: str) -> Document:
        """Return the file `name`, a path within content/, with the overlay's changes applied.

        Raises:
            ContentError: the file is missing or is not YAML.
        """
        base, changes = self.base / name, self._changes_to(name)
        if changes is None:
            return Document.read(base, f"content/{name}")
        return Document.read(base, f"content/{name}").merge(changes) if base.exists() else changes

    def names(self, pattern: str) -> List[str]:
        """Return the paths, within content/, of the files that match a glob pattern, in sorted order."""
        folders = [self.base, *([self.overlay] if self.overlay else [])]
        return sorted({str(path.relative_to(folder)) for folder in folders for path in folder.glob(pattern)})

    def misplaced(self) -> Iterator[Problem]:
        """Yield a problem for each overlay file that changes a file in `FIXED` or adds one outside `OPEN_FOLDERS`."""
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
        """Return the path to show for an overlay file, relative to this repository if the file is inside it."""
        path = (self.overlay or self.base) / name
        return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


#: The content as shipped, and this deployment's content.
SHIPPED = Content(ROOT / "content")
CONTENT = SHIPPED._replace(overlay=load_settings().content_dir)
