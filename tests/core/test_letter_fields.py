"""What is typed for a letter: an address, as people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.core.errors import Refusal, RefusalCode
from bot.core.letter_fields import parse_address
from bot.core.letters import Address

PARIS = Address(("8 quai des Éditeurs",), "75013", "Paris")


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("8 quai des Éditeurs\n75013 Paris", PARIS),
        ("  8  quai des Éditeurs ,\n\n 75013  Paris ", PARIS),
        ("8 quai des Éditeurs, 75013 Paris", PARIS),
        ("8 quai des Éditeurs 75013 Paris", PARIS),
        ("8 quai des Éditeurs\nF-75013 Paris", PARIS),
        (
            "Bâtiment B, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07",
            Address(("Bâtiment B", "3 place de Fontenoy", "TSA 80715"), "75334", "Paris Cedex 07"),
        ),
        ("Le Bourg\n97133 Saint-Barthélemy", Address(("Le Bourg",), "97133", "Saint-Barthélemy")),
    ],
)
def test_an_address_is_read_as_it_stands_on_an_envelope(written: str, address: Address) -> None:
    assert parse_address(written) == address


def test_abroad_the_last_line_is_the_town() -> None:
    found = parse_address("Gordon House\nBarrow Street\nDublin 4", "Irlande")
    assert found == Address(("Gordon House", "Barrow Street"), "", "Dublin 4", "Irlande")


@pytest.mark.parametrize(
    ("written", "country", "code"),
    [
        ("8 quai des Éditeurs\n75013", "", RefusalCode.ADDRESS_WITHOUT_TOWN),
        ("8 quai des Éditeurs\nParis", "", RefusalCode.ADDRESS_WITHOUT_POSTCODE),
        ("75013 Paris", "", RefusalCode.ADDRESS_LINES),
        ("a\nb\nc\nd\n75013 Paris", "", RefusalCode.ADDRESS_LINES),
        ("Dublin 4", "Irlande", RefusalCode.ADDRESS_LINES),
        (",", "", RefusalCode.ADDRESS_WITHOUT_POSTCODE),
        (",", "Irlande", RefusalCode.ADDRESS_WITHOUT_TOWN),
    ],
)
def test_an_address_no_letter_would_arrive_at_is_refused(
    written: str, country: str, code: RefusalCode
) -> None:
    with pytest.raises(Refusal) as refused:
        parse_address(written, country)
    assert refused.value.code is code


@settings(max_examples=60)
@given(st.text(max_size=200), st.sampled_from(["", "Irlande"]))
def test_whatever_is_typed_is_an_address_or_refused(written: str, country: str) -> None:
    try:
        address = parse_address(written, country)
    except Refusal:
        return
    assert address.town.strip()
    assert 1 <= len(address.lines) <= 3
    assert address.country == country
