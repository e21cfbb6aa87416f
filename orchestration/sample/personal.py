"""Invented personal data in free text, with the place of every value.

Nothing here belongs to a person: example domains (RFC 2606), 555-01xx telephone numbers, the
documentation networks (RFC 5737, RFC 3849), card numbers on test prefixes, social security areas
from 800 (unassigned before 2011), and the 1234-56xx numbers Japanese manuals print. Japan reserves
no fictional range.
"""

from __future__ import annotations

import calendar
import re
from itertools import pairwise
from random import Random

# In braces: another entry, or a whole number of a range; with leading zeros where the range has.
_VALUES: dict[str, tuple[str, ...]] = {
    "email": ("{given}{joint}{family}{tag}@{domain}",),
    "given": ("hanako", "taro", "mei", "kenji", "alice", "robert", "maria", "sofia", "liam"),
    "joint": (".", "_", "", "-"),
    "family": ("tanaka", "suzuki", "sato", "smith", "garcia", "okafor", "mueller", "rossi"),
    "tag": ("", "", "{1-99}", "+jobs"),
    "domain": ("example.com", "example.org", "mail.example.com", "corp.example.co.jp"),
    "ssn": ("{800-899}-{01-99}-{0001-9999}",),
    "phone": (
        "({area}) 555-01{00-99}", "{area}-555-01{00-99}", "+1 {area}-555-01{00-99}",
        "{area}.555.01{00-99}", "+1 ({area}) 555-01{00-99}",
    ),
    "area": ("212", "415", "312", "617", "206", "303", "512", "404"),
    "phone_ja": (
        "090-1234-56{00-99}", "080-1234-56{00-99}", "03-1234-56{00-99}", "06-1234-56{00-99}",
        "+81 90-1234-56{00-99}", "+81-3-1234-56{00-99}",
    ),
    "ip_address": (
        "192.0.2.{1-254}", "198.51.100.{1-254}", "203.0.113.{1-254}", "2001:db8:{1-9999}::{1-9999}",
    ),
    "date_of_birth": (
        "{1948-2006}-{01-12}-{01-28}", "{01-12}/{01-28}/{1948-2006}",
        "{month} {1-28}, {1948-2006}", "{1-28} {month} {1948-2006}",
    ),
    "month": tuple(calendar.month_name)[1:],
    "date_of_birth_ja": (
        "{1948-2006}年{1-12}月{1-28}日", "昭和{23-63}年{1-12}月{1-28}日",
        "{1948-2006}/{01-12}/{01-28}", "平成{2-18}年{1-12}月{1-28}日", "平成元年{1-12}月{1-28}日",
    ),
    "address": ("{10-9899} {street} {way}{unit}, {place}",),
    "street": ("Maple", "Oak", "Cedar", "Willow", "Juniper", "Birch", "Orchard", "Harbor"),
    "way": ("Street", "Avenue", "Lane", "Road", "Drive", "St", "Ave", "Blvd"),
    "unit": ("", "", ", Apt {1-40}"),
    "place": (
        "Springfield, IL 62704", "Riverton, NJ 08077", "Fairview, TX 75069", "Salem, OR 97301",
    ),
    "address_ja": ("{place_ja}{block_ja}",),
    "place_ja": (
        "〒100-0005 東京都千代田区丸の内", "〒150-0002 東京都渋谷区渋谷", "大阪府大阪市北区梅田",
        "愛知県名古屋市中区栄", "〒810-0001 福岡県福岡市中央区天神", "北海道札幌市中央区北一条西",
        "神奈川県横浜市西区みなとみらい",
    ),
    "block_ja": ("{1-5}-{1-30}-{1-20}", "{1-5}丁目{1-30}番{1-20}号"),
}  # fmt: skip
_CARDS = (("400000", 16), ("555555", 16), ("378282", 15), ("353011", 16), ("400000", 13),
          ("360000", 14))  # fmt: skip

_SENTENCES: dict[str, tuple[str, ...]] = {
    "email": (
        "Please send the resume to {email}", "can you mail me at {email} when it is done?",
        "My address is {email}, not the old one.", "Contact: {email} or call {phone}",
        "Prefers to be reached at {email}.", "Reply-to: <{email}>", "メールは{email}が確実。",
        "結果を {email} に送ってください", "連絡先は{email}です。",
    ),
    "ssn": (
        "My SSN is {ssn}, is that enough for the background check?", "ssn {ssn}",
        "The form asks for a social security number: {ssn}.", "社会保障番号は {ssn} です",
    ),
    "phone": (
        "Call me back on {phone}", "My number is {phone}, after 6 pm please.",
        "Is {phone} still the hiring team's phone?", "Mobile {phone}, mail {email}",
        "電話番号は{phone_ja}です。折り返しお願いします", "携帯：{phone_ja}",
        "{phone_ja} に電話してください", "日中は{phone_ja}に連絡。", "緊急連絡先 {phone_ja}（母）",
    ),
    "credit_card": (
        "Why was my card {credit_card} charged twice?", "Pay with {credit_card} please",
        "カード番号 {credit_card} で支払えますか", "Paid with {credit_card}.",
        "card number: {credit_card}, which plan is cheaper?", "利用カード: {credit_card}",
    ),
    "ip_address": (
        "Requests from {ip_address} time out", "Why is {ip_address} blocked by the firewall?",
        "I log in from {ip_address}, can you see it?", "Connects from {ip_address} at work.",
        "{ip_address} からの接続が拒否されます", "端末のIPアドレスは{ip_address}です",
    ),
    "date_of_birth": (
        "I was born on {date_of_birth}, am I too old for the programme?", "DOB: {date_of_birth}",
        "My date of birth is {date_of_birth}.", "生年月日は{date_of_birth_ja}です。",
        "Born {date_of_birth}, changes careers.", "{date_of_birth_ja}生まれですが応募できますか",
    ),
    "address": (
        "Ship the hardware to {address}", "I live at {address}, is the office near?",
        "My home address: {address}", "住所は{address_ja}です。", "{address_ja}在住。",
        "Moved from the city to {address} last year", "{address_ja} まで郵送してください",
    ),
}  # fmt: skip
_PLACEHOLDER = re.compile(r"\{([\w-]+)\}")
_RANGE = re.compile(r"(\d+)-(\d+)")


def compose(dice: Random) -> tuple[str, list[tuple[str, int, int]]]:
    """A sentence that holds personal data, and where: types, begins and ends, in characters."""
    sentence = dice.choice(_SENTENCES[dice.choice(list(_SENTENCES))])
    text, findings, last = "", [], 0
    for match in _PLACEHOLDER.finditer(sentence):
        text += sentence[last : match.start()]
        value = _value(match[1], dice)
        findings.append((match[1].removesuffix("_ja"), len(text), len(text) + len(value)))
        text += value
        last = match.end()
    return text + sentence[last:], findings


def _value(name: str, dice: Random) -> str:
    if name == "credit_card":
        return _credit_card(dice)
    if ends := _RANGE.fullmatch(name):
        width = len(ends[1]) if ends[1].startswith("0") else 0
        return str(dice.randint(int(ends[1]), int(ends[2]))).zfill(width)
    return _PLACEHOLDER.sub(lambda match: _value(match[1], dice), dice.choice(_VALUES[name]))


def _credit_card(dice: Random) -> str:
    prefix, length = dice.choice(_CARDS)
    rest = length - len(prefix) - 1
    body = f"{prefix}{dice.randrange(10**rest):0{rest}d}"
    number = body + luhn_digit(body)
    cuts = {16: (0, 4, 8, 12, 16), 13: (0, 13)}.get(length, (0, 4, 10, length))
    groups = [number[begin:end] for begin, end in pairwise(cuts)]
    return dice.choice(("", " ", "-")).join(groups)


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` a valid card number (ISO/IEC 7812-1, annex B)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
