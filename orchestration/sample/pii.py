"""Invented personal data in free text, with the place of every value.

Nothing here belongs to a person: example domains (RFC 2606), 555-01xx telephone numbers, the
documentation networks (RFC 5737, RFC 3849), card numbers on test prefixes, social security areas
from 800 (unassigned before 2011), and the 1234-56xx numbers Japanese manuals print. Japan reserves
no fictional range.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from orchestration.sample.noise import Dice

PII_TYPES = ("email", "ssn", "phone", "credit_card", "ip_address", "date_of_birth", "address")

_GIVEN = ("hanako", "taro", "mei", "kenji", "alice", "robert", "maria", "chidi", "sofia", "liam")
_FAMILY = ("tanaka", "suzuki", "sato", "smith", "garcia", "okafor", "mueller", "rossi", "nguyen")
_DOMAINS = ("example.com", "example.org", "example.net", "mail.example.com", "corp.example.co.jp")
_AREAS = ("212", "415", "312", "617", "206", "303", "512", "404")
_STREETS = ("Maple", "Oak", "Cedar", "Willow", "Juniper", "Birch", "Orchard", "Harbor", "Meadow")
_SUFFIXES = ("Street", "Avenue", "Lane", "Road", "Drive", "St", "Ave", "Blvd")
_PLACES = (
    ("Springfield", "IL", "62704"), ("Riverton", "NJ", "08077"), ("Fairview", "TX", "75069"),
    ("Georgetown", "CO", "80444"), ("Salem", "OR", "97301"), ("Madison", "WI", "53703"),
)  # fmt: skip
_PLACES_JA = (
    ("100-0005", "東京都千代田区丸の内"), ("150-0002", "東京都渋谷区渋谷"),
    ("530-0001", "大阪府大阪市北区梅田"),
    ("460-0008", "愛知県名古屋市中区栄"), ("810-0001", "福岡県福岡市中央区天神"),
    ("060-0001", "北海道札幌市中央区北一条西"), ("220-0012", "神奈川県横浜市西区みなとみらい"),
)  # fmt: skip
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_CARDS = (
    ("400000", 16), ("555555", 16), ("378282", 15), ("353011", 16), ("400000", 13), ("360000", 14),
)  # fmt: skip

_SENTENCES: dict[str, tuple[str, ...]] = {
    "email": (
        "Please send the resume to {email}", "can you mail me at {email} when it is done?",
        "My address is {email}, not the old one.", "Contact: {email} or call {phone}",
        "結果を {email} に送ってください", "連絡先は{email}です。", "Reply-to: <{email}>",
    ),
    "ssn": (
        "My SSN is {ssn}, is that enough for the background check?", "ssn {ssn}",
        "The form asks for a social security number: {ssn}.", "社会保障番号は {ssn} です",
    ),
    "phone": (
        "Call me back on {phone}", "My number is {phone}, after 6 pm please.",
        "Is {phone} still the hiring team's phone?",
        "電話番号は{phone_ja}です。折り返しお願いします",
        "{phone_ja} に電話してください", "携帯：{phone_ja}", "緊急連絡先 {phone_ja}（母）",
    ),
    "credit_card": (
        "Why was my card {credit_card} charged twice?", "Pay with {credit_card} please",
        "カード番号 {credit_card} で支払えますか",
        "card number: {credit_card}, which plan is cheaper?",
    ),
    "ip_address": (
        "Requests from {ip_address} time out", "Why is {ip_address} blocked by the firewall?",
        "I log in from {ip_address}, can you see my session?",
        "{ip_address} からの接続が拒否されます",
        "端末のIPアドレスは{ip_address}です",
    ),
    "date_of_birth": (
        "I was born on {date_of_birth}, am I too old for the programme?", "DOB: {date_of_birth}",
        "My date of birth is {date_of_birth}.", "生年月日は{date_of_birth_ja}です。",
        "{date_of_birth_ja}生まれですが応募できますか",
    ),
    "address": (
        "Ship the hardware to {address}", "I live at {address}, is the office near?",
        "My home address: {address}", "住所は{address_ja}です。",
        "{address_ja} まで郵送してください",
    ),
}  # fmt: skip
_MEMORY_SENTENCES: dict[str, tuple[str, ...]] = {
    "email": (
        "Prefers to be reached at {email}.", "メールは{email}が確実。", "Also writes from {email}",
    ),
    "ssn": (
        "Gave the SSN {ssn} for the form; told not to.", "User mentioned social security no. {ssn}",
    ),
    "phone": (
        "Call {phone} before noon.", "日中は{phone_ja}に連絡。", "Mobile {phone}, mail {email}",
    ),
    "credit_card": (
        "Paid with {credit_card}.", "利用カード: {credit_card}",
    ),
    "ip_address": (
        "Connects from {ip_address} at work.", "自宅のIPは {ip_address}",
    ),
    "date_of_birth": (
        "Born {date_of_birth}, applies as a career changer.", "生年月日: {date_of_birth_ja}",
    ),
    "address": (
        "Lives at {address}.", "{address_ja}在住。", "Moved from the city to {address} last year",
    ),
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Finding:
    """Personal data of one type at `[start, end)`, in characters of the text."""

    kind: str
    start: int
    end: int


def compose(dice: Dice, memory: bool = False) -> tuple[str, list[Finding]]:
    """A sentence that holds personal data, and where."""
    sentences = _MEMORY_SENTENCES if memory else _SENTENCES
    sentence = dice.choose(sentences[dice.choose(PII_TYPES)])
    text, findings, last = "", [], 0
    for match in _PLACEHOLDER.finditer(sentence):
        text += sentence[last : match.start()]
        value = _MAKERS[match[1]](dice)
        findings.append(Finding(match[1].removesuffix("_ja"), len(text), len(text) + len(value)))
        text += value
        last = match.end()
    return text + sentence[last:], findings


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` a valid card number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def _email(dice: Dice) -> str:
    separator = dice.choose((".", "_", "", "-"))
    name = dice.choose(_GIVEN) + separator + dice.choose(_FAMILY)
    tag = dice.choose(("", "", str(dice.between(1, 99)), "+jobs"))
    return f"{name}{tag}@{dice.choose(_DOMAINS)}"


def _ssn(dice: Dice) -> str:
    return f"{dice.between(800, 899)}-{dice.between(1, 99):02d}-{dice.between(1, 9999):04d}"


def _phone(dice: Dice) -> str:
    form = dice.choose(("({}) 555-{}", "{}-555-{}", "+1 {}-555-{}", "{}.555.{}", "+1 ({}) 555-{}"))
    return form.format(dice.choose(_AREAS), f"01{dice.digits(2)}")


def _phone_ja(dice: Dice) -> str:
    form = dice.choose(
        ("090-{}-{}", "080-{}-{}", "03-{}-{}", "06-{}-{}", "+81 90-{}-{}", "+81-3-{}-{}")
    )
    return form.format("1234", f"56{dice.digits(2)}")


def _credit_card(dice: Dice) -> str:
    prefix, length = dice.choose(_CARDS)
    body = prefix + dice.digits(length - len(prefix) - 1)
    number = body + luhn_digit(body)
    separator = dice.choose(("", " ", "-"))
    if length == 16:
        groups = [number[i : i + 4] for i in range(0, 16, 4)]
    elif length in (14, 15):
        groups = [number[:4], number[4:10], number[10:]]
    else:
        groups = [number]
    return separator.join(groups)


def _ip_address(dice: Dice) -> str:
    if dice.below(6) == 0:
        network, high, low = (dice.between(1, 65535) for _ in range(3))
        return f"2001:db8:{network:x}::{high:x}:{low:x}"
    return f"{dice.choose(('192.0.2', '198.51.100', '203.0.113'))}.{dice.between(1, 254)}"


def _birthday(dice: Dice) -> tuple[int, int, int]:
    return dice.between(1948, 2006), dice.between(1, 12), dice.between(1, 28)


def _date_of_birth(dice: Dice) -> str:
    year, month, day = _birthday(dice)
    forms = (
        f"{year}-{month:02d}-{day:02d}", f"{month:02d}/{day:02d}/{year}",
        f"{_MONTHS[month - 1]} {day}, {year}", f"{day} {_MONTHS[month - 1]} {year}",
    )  # fmt: skip
    return dice.choose(forms)


def _date_of_birth_ja(dice: Dice) -> str:
    year, month, day = _birthday(dice)
    era = f"昭和{year - 1925}年" if year < 1989 else f"平成{year - 1988}年"
    era = era.replace("平成1年", "平成元年")
    forms = (f"{year}年{month}月{day}日", f"{era}{month}月{day}日", f"{year}/{month:02d}/{day:02d}")
    return dice.choose(forms)


def _address(dice: Dice) -> str:
    city, state, code = dice.choose(_PLACES)
    unit = dice.choose(("", "", f", Apt {dice.between(1, 40)}"))
    street = f"{dice.between(10, 9899)} {dice.choose(_STREETS)} {dice.choose(_SUFFIXES)}"
    return f"{street}{unit}, {city}, {state} {code}"


def _address_ja(dice: Dice) -> str:
    code, place = dice.choose(_PLACES_JA)
    block, lot, house = dice.between(1, 5), dice.between(1, 30), dice.between(1, 20)
    number = dice.choose((f"{block}-{lot}-{house}", f"{block}丁目{lot}番{house}号"))
    return dice.choose((f"〒{code} {place}{number}", f"{place}{number}"))


_MAKERS: dict[str, Callable[[Dice], str]] = {
    "email": _email, "ssn": _ssn, "phone": _phone, "phone_ja": _phone_ja,
    "credit_card": _credit_card, "ip_address": _ip_address,
    "date_of_birth": _date_of_birth, "date_of_birth_ja": _date_of_birth_ja,
    "address": _address, "address_ja": _address_ja,
}  # fmt: skip
