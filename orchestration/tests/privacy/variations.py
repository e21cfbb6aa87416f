"""Texts whose personal data is known, because it was put there: every format in every surrounding.

A case is a text with its PII in «» and the placeholder that takes its place.
"""

from collections.abc import Iterator
from random import Random

EMAIL, SSN, PHONE = "[REDACTED-EMAIL]", "[REDACTED-SSN]", "[REDACTED-PHONE]"
CARD, IP = "[REDACTED-CREDIT-CARD]", "[REDACTED-IP-ADDRESS]"
BIRTH, ADDRESS = "[REDACTED-DATE-OF-BIRTH]", "[REDACTED-ADDRESS]"

Case = tuple[str, str]

FULL_WIDTH = str.maketrans("0123456789-()@.", "０１２３４５６７８９－（）＠．")
DASHES = "-‐‑‒–—−－"
BLANKS = " \u00a0\u2009\u202f\u3000"
# What stands around a value in a sentence, in code, in a table, in Japanese.
SURROUNDINGS = [
    "{}", "It is {}.", "({})", "（{}）", "「{}」", '"{}"', "'{}'", "<{}>", "{},", "a; {}; b",
    "note: {}",
    '{{"v":"{}"}}', "|{}|", "\t{}\n", "値は{}です", "値：{}、以上", "see ({}), then",
    "val={}&y=z", "* {}",
]  # fmt: skip


def _digits(random: Random, shape: str) -> str:
    """Return the shape with a digit for every #, from 1 to 9 for every N and 2 to 9 for every M."""
    least = {"#": 0, "N": 1, "M": 2}
    return "".join(str(random.randint(least[s], 9)) if s in least else s for s in shape)


def luhn_digit(digits: str) -> str:
    """Return the check digit that goes behind these digits."""
    total = 0
    for i, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if i % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


CARD_SHAPES = [
    # brand's first digits, length, groups
    ("4", 16, (4, 4, 4, 4)), ("51", 16, (4, 4, 4, 4)), ("55", 16, (4, 4, 4, 4)),
    ("2221", 16, (4, 4, 4, 4)), ("2720", 16, (4, 4, 4, 4)), ("6011", 16, (4, 4, 4, 4)),
    ("65", 16, (4, 4, 4, 4)), ("3528", 16, (4, 4, 4, 4)), ("3589", 16, (4, 4, 4, 4)),
    ("62", 16, (4, 4, 4, 4)), ("34", 15, (4, 6, 5)), ("37", 15, (4, 6, 5)),
    ("36", 14, (4, 6, 4)), ("38", 14, (4, 6, 4)), ("300", 14, (4, 6, 4)), ("305", 14, (4, 6, 4)),
    ("4", 13, (4, 4, 4, 1)), ("62", 19, (4, 4, 4, 4, 3)),
]  # fmt: skip


def card_number(random: Random, prefix: str, length: int) -> str:
    """Return a number with this prefix and length that passes Luhn."""
    body = prefix + _digits(random, "#" * (length - 1 - len(prefix)))
    return body + luhn_digit(body)


def _grouped(number: str, groups: tuple[int, ...], separator: str) -> str:
    parts, start = [], 0
    for size in groups:
        parts.append(number[start : start + size])
        start += size
    return separator.join(parts)


def cards(random: Random) -> Iterator[tuple[str, str]]:
    """Every brand in its groups, with every dash and blank, full-width, and unbroken."""
    for prefix, length, groups in CARD_SHAPES:
        number = card_number(random, prefix, length)
        for separator in DASHES + BLANKS:
            yield "{}", _grouped(number, groups, separator)
        yield "{}", _grouped(number, groups, "-").translate(FULL_WIDTH)
        cued = "{}" if length in (13, 15, 16) else "my card {}"
        yield cued, number
        yield cued, number.translate(FULL_WIDTH)
    for cue in ("card number {}", "カード番号は{}", "{} (Visa)", "cc: {}", "maestro {}"):
        yield cue, card_number(random, "5018", 12)
        yield cue, card_number(random, "6304", 17)
        yield cue, card_number(random, "36", 14)


def social_security_numbers(random: Random) -> Iterator[tuple[str, str]]:
    shape = "N##-##-####".replace("N", str(random.choice([1, 2, 3, 5, 7])))
    for dash in DASHES:
        yield "{}", _digits(random, shape).replace("-", dash)
    yield "{}", _digits(random, shape).translate(FULL_WIDTH)
    for cue in ("SSN {}", "ssn={}", "social_security_number: {}", "Social Security No. {}",
                "socialSecurityNumber: {}", "my social security number is {}",
                "SSN#{}"):  # fmt: skip
        for joint in ("-", " ", ".", "", "\u00a0", "–"):
            yield cue, _digits(random, shape).replace("-", joint)


def ip_addresses(random: Random) -> Iterator[tuple[str, str]]:
    for _ in range(4):
        octets = [random.randint(1, 254) for _ in range(3)]
        public = ".".join(map(str, [*octets, random.randint(100, 254)]))
        yield "{}", public
        yield "{}", f"{public}/{random.randint(8, 32)}"
        yield "http://{}:8080/x", public
        yield "{}:443", public
        yield "server01({})", public
        yield "IP:{}", public
    small = ".".join(str(random.randint(11, 99)) for _ in range(4))
    for cue in ("IP {}", "client_ip={}", "address {} blocked", "login from {}", "host {}",
        "ssh {}",
                "Ping {}", "DNS is {}", "IPアドレスは{}", "remote_addr: {}", "//{}/",
                "{}:22"):  # fmt: skip
        yield cue, small
    yield "{}", "10." + ".".join(str(random.randint(0, 255)) for _ in range(3))
    groups = [f"{random.randint(0x1000, 0xFFFF):x}" for _ in range(8)]
    for form in (":".join(groups), ":".join(groups).upper(), "2001:db8::" + groups[0],
                 "fe80::" + ":".join(groups[:4]), "fd00:" + groups[1] + "::1", "::ffff:10.1.2.3",
                 "2001:db8::" + groups[2] + "/64", "fe80::1ff:fe23:4567:890a%eth0",
                 "64:ff9b::192.0.2.33"):  # fmt: skip
        yield "{}", form
        yield "[{}]", form
        yield "http://[{}]:443/", form.split("%")[0].split("/")[0]


def emails(random: Random) -> Iterator[tuple[str, str]]:
    name = random.choice(["ann", "bob.lee", "j_doe", "x9"])
    for local in (name, name + "+tag", name + "-x", "o'brien", "a&b", "first.last.more",
        name.upper(),
                  "josé", "müller", "1" + name, "_" + name, "usеr", "user%x", "a!b", "a#b",
                  "a~b"):  # fmt: skip
        yield "{}", f"{local}@example.com"
    for domain in ("mail.example.co.uk", "xn--bcher-kva.example", "bücher.de", "例え.jp",
        "пример.com",
                   "почта.рф", "365.example.io", "a-b.example.museum", "EXAMPLE.ORG",
                   "empresa.com.py",
                   "firma.pl", "shop.rs", "example.xn--p1ai", "azienda.italia"):  # fmt: skip
        yield "{}", f"{name}@{domain}"
    for at in ("＠", "%40", "&#64;"):
        yield "{}", f"{name}{at}example.com"
    yield "write to {}", '"john doe"@example.com'
    yield "メールは{}", f"{name}@example.jp"
    yield "mailto:{}", f"{name}@example.com"
    yield "email={}", f"{name}@example.com"


JAPANESE_SHAPES = [
    "0N0-####-####", "03-####-####", "06-####-####", "045-###-####", "0422-##-####",
    "04992-#-####",
    "0120-###-###", "0800-###-####", "0570-###-###",
]  # fmt: skip


def phones(random: Random) -> Iterator[tuple[str, str]]:
    for shape in JAPANESE_SHAPES:
        number = _digits(random, shape.replace("0N0", random.choice(["050", "070", "080", "090"])))
        for separator in DASHES + "・～.\u3000":
            yield "{}", number.replace("-", separator)
        yield "{}", number.translate(FULL_WIDTH)
        yield "TEL{}", number
        yield "電話番号：{}", number.replace("-", "")
        area, middle, last = number.split("-")
        yield "{}", f"{area}({middle}){last}"
        yield "{}", f"({area}){middle}-{last}"
        yield "{}", f"（{area}）{middle}－{last}".translate(FULL_WIDTH)
        yield "電話 {}", number.replace("-", "/")
        yield "{}", f"+81-{number[1:]}"
        yield "{}", f"+81 {number[1:].replace('-', ' ')}"
    for mobile in ("070", "080", "090"):
        number = mobile + _digits(random, "########")
        yield "{}", number
        yield "{}", number.translate(FULL_WIDTH)
        yield "TEL{}", number
    for shape in ("(M##) M##-####", "(M##)M##-####", "(M##) M## ####", "M##-M##-####",
        "M##.M##.####",
                  "+1 M## M## ####", "+1-M##-M##-####", "+1 (M##) M##-####", "1-M##-M##-####",
                  "+1M##M######", "M##-M##-####x123", "001-M##-M##-####", "(M##)-M##-####",
                  "M##–M##–####", "M##\u00a0M##-####"):  # fmt: skip
        yield "{}", _digits(random, shape)
    for shape in ("+44 20 #### ####", "+44 7### ######", "+49 30 ######", "+49 (0)30 ######",
                  "+33 1 ## ## ## ##", "+33(0)1########", "+39 06 #### ####", "+34 9## ### ###",
                  "+46-8-### ## ##", "+442079######", "+81 3 #### ####",
                  "+86 138 #### ####"):  # fmt: skip
        yield "{}", _digits(random, shape)
    ten = _digits(random, "M##M######")
    for cue in ("call {}", "Call me at {}", "dial {}", "reach me at {}", "contact {}",
        "phone: {}",
                "tel. {}", "Fax {}", "text me at {}", "mobile {}"):  # fmt: skip
        yield cue, ten


def births(random: Random) -> Iterator[tuple[str, str]]:
    y, m, d = random.randint(1940, 2009), random.randint(1, 9), random.randint(13, 28)
    showa = random.randint(1, 63)
    western = [
        f"{y}-0{m}-{d}", f"{d}/0{m}/{y}", f"0{m}/{d}/{y}", f"{d}.{m}.{y}", f"{y}/{m}/{d}",
        f"{d} March {y}", f"March {d}, {y}", f"Mar. {d} {y}", f"{d}th of June {y}",
        f"{d}-nov-{y}",
        f"{y}-0{m}-{d}T00:00:00Z", f"{y}-0{m}-{d} 08:30", f"{d}/{m}/{y % 100:02}", f"{y}0{m}{d}",
        f"{y} June {d}", f"{d}. Juni {y}", f"{d} juin {y}", f"{d} de mayo de {y}",
        f"{y}–0{m}–{d}",
    ]  # fmt: skip
    for cue in ("born on {}", "DOB: {}", "date of birth {}", "date_of_birth: {}", "Birthday={}",
                "d.o.b. {}", "birthDate: {}", "geboren am {}", "née le {}"):  # fmt: skip
        for date in western:
            yield cue, date
    japanese = [
        f"{y}年{m}月{d}日", f"昭和{showa}年{m}月{d}日", f"S{showa}.{m}.{d}", f"{y}.{m}.{d}",
        f"昭和{showa}年{m}月{d}日".translate(FULL_WIDTH), "昭和六十三年三月四日",
        "平成元年1月8日",
        f"H2/{m}/{d}", f"{y}/{m}/{d}", f"{y}年 {m}月 {d}日",
    ]  # fmt: skip
    for cue in ("生年月日：{}", "{}生まれ", "{}生", "誕生日は{}", "（{}生）", "{} 生まれの男性"):
        for date in japanese:
            yield cue, date


JAPANESE_ADDRESSES = [
    "東京都渋谷区神宮前1-2-3", "東京都千代田区丸の内１－１－１",
    "大阪府大阪市北区梅田二丁目四番九号",
    "北海道札幌市中央区北1条西2丁目", "京都府京都市中京区本能寺前町488番地",
    "渋谷区神宮前1丁目2番3号",
    "神奈川県横浜市西区みなとみらい2-2-1 ランドマークタワー 5F", "さいたま市浦和区高砂3-15-1",
    "福岡県福岡市博多区博多駅前3ー2ー1", "愛知県名古屋市中区三の丸三丁目1番2号",
    "千葉県浦安市舞浜1-1",
    "東京都港区芝公園4-2-8 東京タワービル302号室", "長野県北佐久郡軽井沢町軽井沢1178番地の5",
    "東京都 新宿区 西新宿 2-8-1", "仙台市青葉区国分町三丁目7番1号", "沖縄県那覇市泉崎1の2の2",
    "那覇市おもろまち4-1-1", "つくば市研究学園一丁目1番地1",
]  # fmt: skip


def addresses(random: Random) -> Iterator[tuple[str, str]]:
    """Postal addresses of Japan, the United States, Britain, Germany and France."""
    for address in JAPANESE_ADDRESSES:
        yield "{}", address
        code = _digits(random, "N##-####")
        yield "{}", f"〒{code} {address}"
        yield "{}", f"〒{code}{address}".translate(FULL_WIDTH)
        yield "{}", f"{code} {address}"
        yield "住所：{}", address
        yield "私は{}に住んでいます", address
        yield "本社は{}、電話はありません", address
    yield "{}", "〒150-0001"
    yield "{}", "〒１５０－０００１"
    for address in (
        "12 Main Street, Springfield, IL 62704", "6750 Oak Hill Drive Apt. 864",
        "1600 Pennsylvania Avenue NW, Washington, DC 20500", "221B Baker Street, London NW1 6XE",
        "10 Downing Street, London SW1A 2AA", "45 Elm Court, Dayton, OH 45402", "P.O. Box 149",
        "350 Fifth Avenue, Suite 3300, New York, NY 10118",
        "111 Wellington Street, Ottawa K1A 0A9",
        "Hauptstraße 12, 10115 Berlin", "Lindenallee 3a, 20259 Hamburg", "Schlossplatz 5",
        "Unter den Linden 77, 10117 Berlin", "12 rue de la Paix, 75002 Paris",
        "5, avenue des Ternes, 75017 Paris", "24 bis boulevard Voltaire, 75011 Paris",
        "Calle Mayor 10, 28013 Madrid", "Via Roma 12, 00184 Roma",
    ):  # fmt: skip
        yield "I live at {}", address
        yield "Address: {}.", address
        yield "ship to ({}) today", address
        yield '{{"address":"{}"}}', address


def everything(seed: int) -> Iterator[Case]:
    """Every format once in every surrounding it was not given one for."""
    random = Random(seed)
    kinds = {cards: CARD, social_security_numbers: SSN, ip_addresses: IP, emails: EMAIL,
             phones: PHONE, births: BIRTH, addresses: ADDRESS}  # fmt: skip
    for values, placeholder in kinds.items():
        for own, value in values(random):
            for around in SURROUNDINGS if own == "{}" else ["{}", "（{}）", "say {}!"]:
                inner = own.replace("{{", "{").replace("}}", "}").replace("{}", f"«{value}»")
                text = around.replace("{}", inner).replace("{{", "{").replace("}}", "}")
                yield text, placeholder


# What looks like personal data and is none.
LOOK_ALIKES = [
    "version 2.16.0.1", "Upgraded libfoo from 2.16.0.1 to 2.17.0.0",
    "Release 121.0.100.104 is out",
    "openssl==1.1.1.104", "requires >= 2.100.0.1, < 3.0.120.4", 'AssemblyVersion("120.0.100.1")',
    "File version: 10.200.0.5", "See section 3.2.1.4 and 3.2.1.5", "1.2.3.4 Scope",
    "Firmware 10.2.1.5 installed on the device", "Installing package foo (1.102.3.4)",
    "Build 1.0.200.7 -> 1.0.201.0", "バージョン 2.16.0.1 に更新", "第3.2.1.4節",
    "Chrome/120.0.0.0 Safari/537.36", "foo-1.2.100.4.tar.gz", 'ObjectIdentifier("1.3.101.112")',
    'url = "http://127.0.0.1:8080"', '"--address=0.0.0.0"', "M10.5.3.2.1 0 .55.45 1 1 1",
    '<path d="M8.5 5.5a.5.5 0 0 0-1 0v3.362l-1.429 2.38a.5.5 0 1 0 .858.515A.5.5 0 0 0 8.5 9V5z"/>',
    "x[::2] + y[1::3] - z[::-1]", "a[10::5], b[100::200]", "std::vector<int> v; a1::b2", "::1",
    "50:06:01:60:3b:a0:12:34", "00:1A:2B:3C:4D:5E", "12:30:45.123",
    "git clone git@github.com:org/repo.git", "scp deploy@host.example.com:/srv/app .",
    '@app.route("/x")', "foo@bar.py", "icon@2x.png", "react@18.2.0.tar.gz",
    "y = q@k.transpose(-2, -1)", r"code = '\n@functools.wraps'", "y=+1234567890",
    "x *= +1234567890",
    "1000000 home runs", "2500000 home visits", "call 1000000 times", "contact 12 people",
    "meet me at 7 PM Friday", "meet me at 10 AM tomorrow", "3 Big Court cases",
    "12 Supreme Court rulings", "4 Great Place names", "10 Downloads Way faster",
    "100 Square feet",
    "stubborn 1/2/2003", "the adobe 1/2/2003 release", "reborn 3/4/2005", "airborne 1/2/2003",
    "2024年3月4日生放送です", "4月1日生ビール", "tweet 1734567890123456789",
    "id 175928847299117056",
    "order 20240115103045123", "IMEI 356938035643809", "490154203237518", "ts 1609459200000000",
    "ts 1609459200123456", "tracking 1Z999AA10123456784", "ISBN 978-4-10-101013-7",
    "JAN 4901234567894", "2024-01-15 10:30:45 +0900", "float 3.14159265358979",
    "1e+1234567890", "2021 2022 2023 2024", "ports 3000-3005", "1,000・2,000・3,000",
    "渋谷区で一番おいしいラーメン", "東京都では2020年に", "三丁目の夕日", "先生は2人、学生は30人",
    "3-4割が市場に", "横浜市の人口は377万人", "3～4人、10～20分", "電話は2回鳴った",
    "カード1枚とカード10枚", "区役所1番窓口", "9-03.1234-5678", "090/1234/5678",
]  # fmt: skip
