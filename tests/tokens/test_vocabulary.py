"""The vocabulary: the published file, and counts that are tiktoken's own."""

import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import resources

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extproc.limits import COUNTED_PIECE_CHARS
from extproc.tokens.vocabulary import Vocabulary

O200K = Vocabulary()

# Made by tiktoken 0.14.0 and by bpe-openai 0.1.4, which agreed.
TIKTOKENS = [
    ("", 0),
    ("hello world", 2),
    ("Hello, world! I'm here.", 7),
    ("  leading and   inner spaces  ", 7),
    ("def f(x):\n\treturn x**2\n", 9),
    ('{"city": "Paris", "days": 3}', 12),
    ("1234567890", 4),
    ("supercalifragilisticexpialidocious", 10),
    ("Gr\xfc\xdfe aus K\xf6ln, sch\xf6ne Stra\xdfe", 8),
    ("\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002", 9),
    ("\u3053\u3093\u306b\u3061\u306f\u4e16\u754c", 2),
    ("\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440", 4),
    ("\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e", 5),
    ("\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645", 4),
    ("\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f389", 13),
    ("line one\r\n\r\nline two\n\n\n", 6),
    ("don't WE'LL I'S", 6),
    ("a" * 100, 13),
    (" " * 1000, 9),
    ("\x00\u200d\ufeff", 3),
    ("e\u0301tude", 4),
    (" ".join(f"word{number}" for number in range(200)), 400),
]


@pytest.mark.parametrize(("text", "tokens"), TIKTOKENS)
def test_a_text_has_the_tokens_that_tiktoken_gives_it(text: str, tokens: int) -> None:
    """Words, code, numbers, scripts, emoji, runs of white space, contractions, control characters."""
    assert tokens == O200K.count(text)


def test_the_data_are_the_file_that_openai_publishes() -> None:
    """By the hash that tiktoken pins for ``o200k_base``."""
    packed = resources.files("extproc.tokens").joinpath("data/o200k_base.tiktoken.br").read_bytes()

    expected = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
    assert expected == hashlib.sha256(brotli.decompress(packed)).hexdigest()


def test_nothing_is_downloaded() -> None:
    """In a process that ends when a socket is made or a name is looked up."""
    program = """
import os, sys
sys.addaudithook(lambda event, _: event.startswith("socket.") and os._exit(7))
from extproc.tokens.vocabulary import Vocabulary
print(Vocabulary().count("hello world"))
"""

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (0, "2\n") == (done.returncode, done.stdout)


def test_the_library_is_loaded_by_the_first_count_and_not_before() -> None:
    """A worker that never counts keeps the memory."""
    program = "import sys, extproc.exchange.pipeline; print('kitoken' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "False\n" == done.stdout


def test_threads_may_count_while_one_of_them_loads() -> None:
    """All see the whole vocabulary."""
    fresh = Vocabulary()
    with ThreadPoolExecutor(4) as threads:
        counts = list(threads.map(fresh.count, ["hello world"] * 16))

    assert [2] * 16 == counts


def test_a_long_text_is_counted_in_pieces() -> None:
    """A cut costs at most a token or two."""
    words = "counting " * (COUNTED_PIECE_CHARS // 9 * 3)

    counted = O200K.count(words)

    assert counted == pytest.approx(COUNTED_PIECE_CHARS // 9 * 3, abs=6)


def test_half_a_surrogate_pair_counts_as_its_replacement() -> None:
    """It can come by a JSON escape, and is no Unicode text."""
    assert O200K.count("a?b") == O200K.count("a\ud800b")


@given(st.text())
def test_any_text_has_tokens_of_a_byte_or_more(text: str) -> None:
    """No text is refused."""
    assert (text != "") <= O200K.count(text) <= len(text.encode())
