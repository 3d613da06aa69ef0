"""Addresses: unwrapped, compared, shown."""

import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.urls import canonical, outlet, unwrap

# Captured from real Google Alerts feeds (the last one is made up), and where each leads.
REDIRECTS = [
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://www.cryptoglobe.com/latest/2022/08/investment-strategist-lyn-alden-explains-why-she-is-still-bullish-on-bitcoin-long-term/&ct=ga&cd=CAIyGjlkMjI1NjUyODE3ODFjMDQ6Y29tOmVuOlVT&usg=AOvVaw16C2fJtw6m8QVEbto2HCKK",
        "https://www.cryptoglobe.com/latest/2022/08/investment-strategist-lyn-alden-explains-why-she-is-still-bullish-on-bitcoin-long-term/",
    ),
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://www.frontiersin.org/journals/radiology/articles/10.3389/fradi.2024.1433457/pdf&ct=ga&cd=CAEYECoUMTc2NTAxMDM2OTc4MDc5MjgwNzAyGmU2ZGY0ZjAyYTg1NzhlZmQ6Y29tOmVuOlVT&usg=AOvVaw19VxnEzZecVfdU7fAOnf8y",
        "https://www.frontiersin.org/journals/radiology/articles/10.3389/fradi.2024.1433457/pdf",
    ),
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://www.mapion.co.jp/news/release/000000056.000019803/&ct=ga&cd=CAIyHDMxZDQ1MjNhNDQ1ODNjZjg6Y28uanA6amE6SlA&usg=AOvVaw0Hut30ozpDqyRMJ8wtezpt",
        "https://www.mapion.co.jp/news/release/000000056.000019803/",
    ),
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://newspicks.com/news/9599747/body/&ct=ga&cd=CAIyHDhhM2JmZTQ3YWU1YjVjMjI6Y28uanA6amE6SlA&usg=AOvVaw3vDIV4RYgRtMJOxCK2NtR-",
        "https://newspicks.com/news/9599747/body/",
    ),
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://www.theconcordinsider.com/2021/06/04/this-week-in-concord-history-502/&ct=ga&cd=CAIyGjUwMjhiYWRmMWQ5M2MzMGE6Y29tOmVuOlVT&usg=AFQjCNGc3F9NBj810v400CL5oepfu5PTwQ",
        "https://www.theconcordinsider.com/2021/06/04/this-week-in-concord-history-502/",
    ),
    (
        "https://www.google.com/url?rct=j&sa=t&url=https://news.example.com/a%3Fid%3D7&ct=ga",
        "https://news.example.com/a?id=7",
    ),
]
OTHERS = [
    ("https://www.google.fr/url?q=https://a.fr/b&sa=U", "https://a.fr/b"),
    ("https://news.google.co.uk/url?url=https://a.fr/b", "https://a.fr/b"),
    ("https://www.google.com/url?url=https%253A%252F%252Fa.fr%252Fb", "https://a.fr/b"),
    ("https://www.google.com/url?sa=t&amp;url=https://a.fr/b&amp;ct=ga", "https://a.fr/b"),
    ("https://google.com/url?url=https://google.com/url?q=https://a.fr/b", "https://a.fr/b"),
    ("https://google.com/url?url=https://a.fr/caf%25E9", "https://a.fr/caf%E9"),
    ("https://google.com/url?url=https://a.fr/caf%E9", "https://a.fr/caf%E9"),
    ("https://google.com/url?url=https://a.fr/b%20c%C3%A9", "https://a.fr/b%20c%C3%A9"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fa.fr%2Fb%3Fc%3D1&h=AT0", "https://a.fr/b?c=1"),
    ("https://lm.facebook.com/l.php?u=http%3A%2F%2Fa.fr%2F&h=AT0", "http://a.fr/"),
    ("https://www.bing.com/ck/a?!&&p=x&u=a1aHR0cHM6Ly9hLmZyL2I&ntb=1", "https://a.fr/b"),
    (
        "http://www.bing.com/news/apiclick.aspx?ref=Fex&url=https%3a%2f%2fa.fr%2fb",
        "https://a.fr/b",
    ),
    ("https://l.instagram.com/?u=https%3A%2F%2Fa.fr%2Fb&e=AT0", "https://a.fr/b"),
    ("https://www.youtube.com/redirect?event=d&q=https%3A%2F%2Fa.fr", "https://a.fr"),
]


@pytest.mark.parametrize(("wrapped", "target"), REDIRECTS + OTHERS)
def test_a_redirect_is_unwrapped(wrapped: str, target: str) -> None:
    assert unwrap(wrapped) == target
    assert canonical(wrapped) == canonical(target)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/url?url=javascript:alert(1)",
        "https://www.google.com/url?url=ftp://a.fr/b",
        "https://www.google.com/url?url=data%3Atext/html,x",
        "https://www.google.com/url?sa=t&url=",
        "https://www.google.com/url?rct=j&sa=t",
        "https://www.google.com/search?q=https://a.fr",
        "https://google.example.com/url?url=https://a.fr",
        "https://example.com/url?url=https://a.fr",
        "https://www.facebook.com/claire?u=https://a.fr",
        "https://www.bing.com/ck/a?u=a1%%%",
        "https://www.bing.com/ck/a?u=a1zz",
        "https://a.fr/b",
    ],
)
def test_what_leads_to_no_web_page_is_left_as_it_is(url: str) -> None:
    assert unwrap(url) == url


SAME = [
    "https://site.fr/avis/12?page=2&tri=date",
    "http://www.site.fr/avis/12/?page=2&tri=date",
    "HTTPS://Site.FR:443/avis/12?tri=date&page=2",
    "http://m.site.fr:80/avis/12?page=2&tri=date#haut",
    "https://amp.site.fr/avis/12?page=2&tri=date&amp=1",
    "https://www.m.site.fr./avis/12?page=2&tri=date&",
    "https://site.fr/%61vis/12?page=2&tri=d%61te",
    "https://site.fr/avis/12?utm_source=x&page=2&utm_medium=y&tri=date&fbclid=z&gclid=1&mc_cid=2",
    "https://site.fr/avis/12?igshid=x&page=2&tri=date&at_medium=RSS&xtor=3&UTM%5FTERM=t",
    " https://site.fr/avis/12?page=2&amp;tri=date#:~:text=avis ",
    "https://user:pass@site.fr/avis/12?page=2&tri=date",
]


@pytest.mark.parametrize("url", SAME)
def test_the_addresses_of_one_page_are_one(url: str) -> None:
    assert canonical(url) == "https://site.fr/avis/12?page=2&tri=date"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://site.fr/avis/12", "https://site.fr/avis/13"),
        ("https://site.fr/avis?id=12", "https://site.fr/avis?id=13"),
        ("https://site.fr/avis?id=", "https://site.fr/avis"),
        ("https://site.fr/avis?v=%E9", "https://site.fr/avis?v=%E8"),
        ("https://site.fr/a%2Fb", "https://site.fr/a/b"),
        ("https://site.fr/A", "https://site.fr/a"),
        ("https://site.fr/a+b", "https://site.fr/a b"),
        ("https://site.fr:8443/a", "https://site.fr/a"),
        ("https://blog.site.fr/a", "https://site.fr/a"),
        ("https://site.fr/t/1#message-123", "https://site.fr/t/1#message-124"),
        ("https://site.fr/t/1#post123", "https://site.fr/t/1"),
        ("https://site.fr/#!/avis/3", "https://site.fr/#!/avis/4"),
        ("https://site.fr/#/avis/3", "https://site.fr/"),
        ("https://site.fr/t#p12345", "https://site.fr/t#p12346"),
        ("https://site.fr/a?refid=1", "https://site.fr/a?refid=2"),
    ],
)
def test_two_pages_stay_two(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://site.fr/é?à=é", "https://site.fr/%C3%A9?%C3%A0=%C3%A9"),
        ("https://site.fr/%c3%a9", "https://site.fr/%C3%A9"),
        ("https://été.fr/", "https://xn--t-9fab.fr"),
        ("https://m.fr/", "https://m.fr"),
        ("https://www.fr/", "https://www.fr"),
        ("https://site.fr/a?x=a+b", "https://site.fr/a?x=a%20b"),
        ("https://site.fr/100%", "https://site.fr/100%25"),
        ("https://[2001:db8::1]:8080/a", "https://[2001:db8::1]:8080/a"),
        ("https://site.fr/#", "https://site.fr"),
        ("https://site.fr/a?b=1&b=0", "https://site.fr/a?b=1&b=0"),
    ],
)
def test_one_spelling_of_an_address(url: str, expected: str) -> None:
    assert canonical(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pas une adresse",
        "mailto:claire@site.fr",
        "tag:google.com,2013:googlealerts/feed:1",
        "https://[::1",
        "https://site.fr:99999/",
        "https://site.fr:0/",
        "https://",
        "https://a b/",
        "//site.fr/a",
        "https://site.fr/" + "a" * 10_000,
    ],
)
def test_what_is_no_web_address_comes_back_stripped(url: str) -> None:
    assert canonical(f" {url}\n") == url
    assert outlet(url) == ""


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.lavoixdunord.fr/1/article", "lavoixdunord.fr"),
        ("https://m.facebook.com/x", "facebook.com"),
        ("https://news.google.com/rss/articles/CBM?oc=5", "news.google.com"),
        ("https://www.google.com/url?url=https://www.ouest-france.fr/a", "ouest-france.fr"),
        ("https://site.fr:8443/", "site.fr"),
        ("https://" + "é" * 80 + ".fr/", "%c3%a9" * 80 + ".fr"),
    ],
)
def test_an_outlet_is_the_site_without_its_prefix(url: str, site: str) -> None:
    assert outlet(url) == site


PIECES = st.sampled_from(
    (
        *(
            "https://",
            "http://",
            "www.",
            "m.",
            "a.fr",
            "été.fr",
            "google.com/url?url=",
            "url",
            "u",
        ),
        *(
            "l.facebook.com/l.php?u=",
            "/",
            "?",
            "&",
            "&amp;",
            "=",
            "#",
            "%",
            "%41",
            "%4",
            "25",
            "%25",
        ),
        *(
            "%3A%2F%2F",
            "https%253A",
            "utm_x",
            "post1",
            "é",
            "+",
            ";",
            " ",
            ":",
            "@",
            "[",
            "]",
            "80",
            "!",
        ),
    )
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=15).map("".join)))
def test_any_address_is_made_canonical_once_for_all(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)
    assert unwrap(unwrap(url)) == unwrap(url)
    outlet(url)


@given(st.lists(PIECES, max_size=15).map("".join))
def test_a_wrapped_address_is_the_address(rest: str) -> None:
    target = f"https://a.fr/{quote(rest.replace('&amp;', ''), safe='/&=')}"
    wrapped = f"https://www.google.com/url?sa=t&url={quote(target, safe='')}&ct=ga"
    assert canonical(wrapped) == canonical(target)


@pytest.mark.parametrize(
    "url",
    [
        "https://google.com/url?url=" * 300 + "https://a.fr",
        "https://google.com/url?url=http" + "%25" * 2700 + "3a//a.fr",
        "https://" + "m." * 4000 + "fr",
        "https://a.fr/#" + "post" * 2000 + "x",
        "https://a.fr/?" + "utm_" * 2000,
        "https://a.fr/" + "%" * 8000,
        "https://google.com/url?url=" * 40_000,
    ],
)
def test_a_hostile_address_is_read_at_once(url: str) -> None:
    started = time.process_time()
    canonical(url)
    assert time.process_time() - started < 5
