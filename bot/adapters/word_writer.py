"""Letters as DOCX, to be edited: the same document as the PDF, word for word."""

import io
from datetime import UTC, datetime, time

import docx
from docx.document import Document as Pages
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from bot.adapters.documents import NO_CHARACTER
from bot.core.letters import Document, Part, PartKind
from bot.core.messages import Span

_FONT = "Times New Roman"
"""On every machine; a letter that is edited cannot carry the font of the PDF along."""
_TWIPS = 56.6929
"""To a millimetre."""
_INDENTS = {PartKind.QUOTE: Mm(5), PartKind.ITEM: Mm(4)}
_DASH = "\u2013\u00a0"


class WordWriter:
    """Writes letters for word processors."""

    suffix = "docx"
    media_type = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def print(self, document: Document) -> bytes:
        """The letter as DOCX."""
        pages = _pages(document)
        _framed(pages, document.sender, left=25, top=20, width=75)
        _framed(pages, document.recipient, left=105, top=55, width=85)
        # Frames stand beside the text: it begins below the window.
        opening = _line(pages, document.sending, align=WD_ALIGN_PARAGRAPH.RIGHT)
        opening.paragraph_format.space_before = Mm(72)
        _line(pages, document.dated, align=WD_ALIGN_PARAGRAPH.RIGHT)
        _line(pages, document.subject, is_bold=True).paragraph_format.space_before = Mm(4)
        for part in document.body:
            _part(pages, part)
        for line in document.signature:
            signed = _line(pages, line)
            signed.paragraph_format.left_indent = Mm(90)
            signed.paragraph_format.keep_with_next = True
        if document.annexes:
            heading = _line(pages, document.annexes_title, is_bold=True)
            heading.paragraph_format.space_before = Mm(18)
            heading.paragraph_format.keep_with_next = True
        for annex in document.annexes:
            _line(pages, annex)
        written = io.BytesIO()
        pages.save(written)
        return written.getvalue()


def _pages(document: Document) -> Pages:
    """An empty A4 document with its style, its properties and its page numbers."""
    pages = docx.Document()
    section = pages.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(20), Mm(22)
    style = pages.styles["Normal"]
    style.font.name, style.font.size = _FONT, Pt(10.5)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), _FONT)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "fr-FR")
    style.element.rPr.append(language)
    style.paragraph_format.space_after = Pt(4)
    about, day = pages.core_properties, datetime.combine(document.written_on, time(), UTC)
    about.title, about.author = _clean(document.subject)[:255], _clean(document.signature[0])[:255]
    about.comments, about.language = "", "fr-FR"
    about.created = about.modified = day
    _margins(section, document)
    return pages


def _margins(section: Section, document: Document) -> None:
    """What stands above and below each page: the mark of a draft, the page's number."""
    if document.mark:
        header = section.header.paragraphs[0]
        header.alignment = WD_ALIGN_PARAGRAPH.CENTER
        header.add_run(document.mark).bold = True
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(f"{document.page} ")
    _field(footer.add_run(), "PAGE")
    footer.add_run("/")
    _field(footer.add_run(), "NUMPAGES")


def _line(
    pages: Pages,
    text: str,
    *,
    is_bold: bool = False,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.LEFT,
) -> Paragraph:
    paragraph = pages.add_paragraph()
    paragraph.add_run(_clean(text)).bold = is_bold
    paragraph.alignment = align
    return paragraph


def _framed(pages: Pages, lines: tuple[str, ...], *, left: int, top: int, width: int) -> None:
    """Lines at a fixed place of the first page, in millimetres."""
    for line in lines:
        paragraph = _line(pages, line)
        paragraph.paragraph_format.space_after = Pt(0)
        frame = OxmlElement("w:framePr")
        for name, value in {
            "w": str(round(width * _TWIPS)),
            "hSpace": "0",
            "wrap": "around",
            "vAnchor": "page",
            "hAnchor": "page",
            "x": str(round(left * _TWIPS)),
            "y": str(round(top * _TWIPS)),
        }.items():
            frame.set(qn(f"w:{name}"), value)
        paragraph.paragraph_format.element.get_or_add_pPr().insert(0, frame)


def _part(pages: Pages, part: Part) -> None:
    paragraph = pages.add_paragraph()
    shape = paragraph.paragraph_format
    if part.kind in _INDENTS:
        shape.left_indent = _INDENTS[part.kind]
    if part.kind is PartKind.ITEM:
        shape.first_line_indent = -_INDENTS[PartKind.ITEM]
        paragraph.add_run(_DASH)
    if part.kind is PartKind.HEADING:
        shape.space_before, shape.keep_with_next = Pt(9), True
    for span in part.spans:
        run = _run(paragraph, span)
        run.bold = span.bold or part.kind is PartKind.HEADING
        run.italic = span.italic or part.kind is PartKind.QUOTE


def _run(paragraph: Paragraph, span: Span) -> Run:
    """The words of a span; an address leads where it says."""
    run = paragraph.add_run(_clean(span.text))
    if span.url:
        link = OxmlElement("w:hyperlink")
        target = paragraph.part.relate_to(span.url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
        link.set(qn("r:id"), target)
        link.append(run._r)  # noqa: SLF001 - python-docx has no other way to make a link
        paragraph._p.append(link)  # noqa: SLF001 - idem
    return run


def _field(run: Run, name: str) -> None:
    """A number the word processor fills in."""
    for kind in ("begin", "", "end"):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = name
        run._r.append(mark)  # noqa: SLF001 - idem


def _clean(text: str) -> str:
    """Without what XML has no room for."""
    return NO_CHARACTER.sub("", text)
