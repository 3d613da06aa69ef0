"""Blocks from markup, and the cutting of long messages."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from bot.adapters.markup import parse, split, utf16
from bot.core.messages import Block, BlockKind, RichText, Span


def test_lines_become_blocks_and_tags_become_styles() -> None:
    text = parse(
        '<h>Titre</h>\n\nDu <b>gras</b>, un <a href="https://x.example">lien</a>\n<q>dit</q>'
    )
    assert [block.kind for block in text.blocks] == [
        BlockKind.HEADING,
        BlockKind.PARAGRAPH,
        BlockKind.PARAGRAPH,
        BlockKind.QUOTE,
    ]
    assert text.plain == "Titre\n\nDu gras, un lien\ndit"
    styled = text.blocks[2].spans
    assert styled[1] == Span("gras", bold=True)
    assert styled[3] == Span("lien", url="https://x.example")


def test_empty_lines_are_kept_single_and_never_at_the_ends() -> None:
    assert parse("\n\na\n\n\n\nb\n\n").plain == "a\n\nb"


def test_a_cut_shows_only_where_the_message_is_cut() -> None:
    assert parse("a\n<cut/>\nb").plain == "a\nb"
    assert parse("a\n<cut/>\n\nb").plain == "a\n\nb"
    pieces = split(parse("a" * 60 + "\n<cut/>\n\n" + "b" * 60), 80)
    assert pieces[1].plain.startswith("b")


@given(st.text())
def test_whatever_is_said_stays_said(words: str) -> None:
    shown = parse(f"<q>{escape(words)}</q>").plain
    # Lines are joined by the quotation; NUL is not a character HTML can carry.
    expected = " ".join(words.replace("\r", "").replace("\0", "\ufffd").split("\n")).strip(" \t")
    if "\r" not in words and "\0" not in words:
        assert shown.strip(" \t") == expected or not expected


def paragraphs(*texts: str, cut: bool = False) -> RichText:
    blocks: list[Block] = []
    for text in texts:
        if cut:
            blocks.append(Block(BlockKind.BREAK))
        blocks.append(Block(BlockKind.PARAGRAPH, (Span(text),)))
    return RichText(tuple(blocks))


def test_a_short_message_is_one_piece_without_a_number() -> None:
    assert split(paragraphs("court"), 100) == (RichText(paragraphs("court").blocks),)


def test_a_long_message_is_cut_between_mentions_and_numbered() -> None:
    pieces = split(paragraphs("a" * 60, "b" * 60, "c" * 20, cut=True), 100)
    assert [piece.plain for piece in pieces] == [
        "a" * 60 + "\n(1/2)",
        "b" * 60 + "\n" + "c" * 20 + "\n(2/2)",
    ]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)),
    st.integers(30, 400),
    st.booleans(),
)
def test_no_piece_is_too_long_and_nothing_is_lost(
    texts: list[str],
    budget: int,
    cut: bool,  # noqa: FBT001 - Hypothesis gives it by place
) -> None:
    text = paragraphs(*texts, cut=cut)
    pieces = split(text, budget)
    assert all(utf16(piece.plain) <= budget for piece in pieces)
    kept = "".join(
        block.text for piece in pieces for block in piece.blocks if "/" not in block.text[:6]
    )
    wanted = "".join(block.text for block in text.blocks if "/" not in block.text[:6])
    if len(pieces) == 1:
        assert pieces[0].plain == text.plain
    else:
        assert kept.replace(" ", "").replace("(", "") == wanted.replace(" ", "").replace("(", "")


def test_a_style_survives_the_cut() -> None:
    bold = RichText((Block(BlockKind.PARAGRAPH, (Span("mot " * 50, bold=True),)),))
    assert all(piece.blocks[0].spans[0].bold for piece in split(bold, 80))
