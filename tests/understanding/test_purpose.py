"""What advertises is promotional, in every language and however it is spelled."""

import pytest

from botapp.config_files import read_languages, read_toml
from botapp.understanding.purpose import advertising, load_purpose_words

WORDS = load_purpose_words(read_toml("purposes.toml"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Today 20 % off for you", "% off"),
        ("A DISCOUNT is waiting", "discount"),
        ("Il y a une remise pour vous", "remise"),
        ("Für Sie: ein Gutschein-Code", "gutschein"),
        ("Schnäppchen!", "schnappchen"),
        ("Envío gratis hoy", "envio gratis"),
        ("Free\nshipping", "free shipping"),
        ("Spedizione gratuita per te", "spedizione gratuita"),
        ("Frete grátis", "frete gratis"),
        ("Vandaag korting", "korting"),
        ("Your order is on its way.", None),
        ("Shall I keep your size aside?", None),
        ("This is disconcerting", None),
        ("Is 100 % cotton all right?", None),
    ],
)
def test_words_that_advertise_are_found_unless_that_is_the_purpose(text: str, found: str | None) -> None:
    for purpose in ("service", "transactional"):
        assert advertising(text, purpose, WORDS) == found
    assert advertising(text, "promotional", WORDS) is None


def test_every_language_that_we_answer_in_has_its_words() -> None:
    assert read_toml("purposes.toml").keys() == {*read_languages("answers"), "signs"}
