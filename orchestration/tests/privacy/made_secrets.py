"""Credentials made at run time, in the shapes their services publish, and texts that hold them.

Nothing here is a credential: prefixes stand beside random characters only while a test runs, so
that no scanner of this repository has anything to report.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

BASE62 = ascii_letters + digits
BASE64URL = BASE62 + "-_"
BASE64 = BASE62 + "+/"
HEX = digits + "abcdef"

Make = Callable[[Random], str]


def some(random: Random, characters: str, count: int) -> str:
    """Characters drawn at random."""
    return "".join(random.choices(characters, k=count))


def _uuid(random: Random) -> str:
    return "-".join(some(random, HEX, count) for count in (8, 4, 4, 4, 12))


def _encoded(claims: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")


def jwt(random: Random) -> str:
    """A signed JSON web token."""
    header = _encoded({"alg": random.choice(("HS256", "RS256")), "typ": "JWT"})
    claims = _encoded({"sub": some(random, digits, 8), "iat": random.randrange(10**9)})
    return f"{header}.{claims}.{some(random, BASE64URL, random.choice((43, 86, 342)))}"


def pem(random: Random, newline: str = "\n", end: bool = True) -> str:
    """A private key block, with any line end; without its end, a key that was cut off."""
    kind = random.choice(("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))
    rows = [some(random, BASE64, 64) for _ in range(random.randint(2, 14))]
    rows.append(some(random, BASE64, random.randint(20, 60)) + random.choice(("", "=", "==")))
    dashes = "-" * 5
    begin, close = (f"{dashes}{word} {kind}PRIVATE KEY{dashes}" for word in ("BEGIN", "END"))
    return newline.join([begin, *rows, *([close] if end else [])])


# Prefix, characters, how many.
_PREFIXED: dict[str, tuple[str, str, int]] = {
    "openai": ("sk" + "-", BASE62, 48),
    "openai project": ("sk" + "-proj-", BASE64URL, 156),
    "openai service account": ("sk" + "-svcacct-", BASE64URL, 156),
    "openai admin": ("sk" + "-admin-", BASE64URL, 120),
    "anthropic": ("sk" + "-ant-api03-", BASE64URL, 95),
    "anthropic oauth": ("sk" + "-ant-oat01-", BASE64URL, 95),
    "openrouter": ("sk" + "-or-v1-", HEX, 64),
    "deepseek": ("sk" + "-", HEX, 32),
    "xai": ("xai" + "-", BASE62, 80),
    "groq": ("gsk" + "_", BASE62, 52),
    "replicate": ("r8" + "_", BASE62, 37),
    "perplexity": ("pplx" + "-", BASE62, 48),
    "hugging face": ("hf" + "_", ascii_letters, 34),
    "nvidia": ("nvapi" + "-", BASE64URL, 64),
    "langsmith": ("lsv2" + "_pt_", HEX, 32),
    "github personal": ("ghp" + "_", BASE62, 36),
    "github oauth": ("gho" + "_", BASE62, 36),
    "github user": ("ghu" + "_", BASE62, 36),
    "github server": ("ghs" + "_", BASE62, 36),
    "github refresh": ("ghr" + "_", BASE62, 76),
    "gitlab": ("glpat" + "-", BASE64URL, 20),
    "gitlab deploy": ("gldt" + "-", BASE64URL, 20),
    "gitlab runner": ("glrt" + "-", BASE64URL, 20),
    "gitlab pipeline": ("glptt" + "-", HEX, 40),
    "aws": ("AKIA", ascii_uppercase + "234567", 16),
    "aws session": ("ASIA", ascii_uppercase + "234567", 16),
    "google": ("AIza", BASE64URL, 35),
    "google access": ("ya29" + ".", BASE64URL, 120),
    "google client": ("GOCSPX" + "-", BASE64URL, 28),
    "stripe": ("sk" + "_live_", BASE62, 24),
    "stripe test": ("sk" + "_test_", BASE62, 99),
    "stripe restricted": ("rk" + "_live_", BASE62, 99),
    "stripe webhook": ("whsec" + "_", BASE64, 32),
    "npm": ("npm" + "_", BASE62, 36),
    "pypi": ("pypi" + "-AgEIcHlwaS5vcmc", BASE64URL, 120),
    "digitalocean": ("dop" + "_v1_", HEX, 64),
    "twilio": ("SK", HEX, 32),
    "mailgun": ("key" + "-", HEX, 32),
    "databricks": ("dapi", HEX, 32),
    "shopify": ("shpat" + "_", HEX, 32),
    "linear": ("lin" + "_api_", BASE62, 40),
    "notion": ("ntn" + "_", BASE62, 46),
    "notion internal": ("secret" + "_", BASE62, 43),
    "supabase": ("sbp" + "_", HEX, 40),
    "vault": ("hvs" + ".", BASE64URL, 92),
    "doppler": ("dp" + ".pt.", BASE62, 43),
    "planetscale": ("pscale" + "_tkn_", BASE64URL, 43),
    "age": ("AGE-SECRET" + "-KEY-1", ascii_uppercase.replace("B", "") + "234567890", 58),
    "postman": ("PMAK" + "-", HEX, 24),
    "new relic": ("NRAK" + "-", ascii_uppercase + digits, 27),
    "sentry": ("sntrys" + "_", BASE62, 60),
    "atlassian": ("ATATT3xFfGF0", BASE64URL, 180),
    "docker": ("dckr" + "_pat_", BASE64URL, 27),
    "fly": ("fo1" + "_", BASE64URL, 43),
    "tailscale": ("tskey" + "-auth-", BASE62, 40),
    "grafana": ("glsa" + "_", BASE62, 41),
    "figma": ("figd" + "_", BASE64URL, 40),
    "elevenlabs": ("sk" + "_", HEX, 48),
}


def _prefixed(name: str) -> Make:
    prefix, characters, count = _PREFIXED[name]
    return lambda random: prefix + some(random, characters, count)


SHAPED: dict[str, Make] = {name: _prefixed(name) for name in _PREFIXED} | {
    "langfuse secret": lambda r: "sk" + "-lf-" + _uuid(r),
    "langfuse public": lambda r: "pk" + "-lf-" + _uuid(r),
    "github fine-grained": lambda r: (
        "github" + "_pat_" + some(r, BASE62, 22) + "_" + some(r, BASE62, 59)
    ),
    "slack bot": lambda r: (
        "xox" + f"b-{some(r, digits, 12)}-{some(r, digits, 13)}-{some(r, BASE62, 24)}"
    ),
    "slack user": lambda r: (
        "xox" + f"p-{some(r, digits, 12)}-{some(r, digits, 12)}-{some(r, HEX, 32)}"
    ),
    "slack app": lambda r: (
        "xapp" + f"-1-A0{some(r, BASE62, 9)}-{some(r, digits, 13)}-{some(r, HEX, 64)}"
    ),
    "slack webhook": lambda r: (
        "https://hooks.slack" + f".com/services/T0{some(r, BASE62, 9)}/B0{some(r, BASE62, 9)}/"
        f"{some(r, BASE62, 24)}"
    ),
    "discord webhook": lambda r: (
        "https://discord" + f".com/api/webhooks/{some(r, digits, 18)}/{some(r, BASE64URL, 68)}"
    ),
    "sendgrid": lambda r: "SG" + f".{some(r, BASE64URL, 22)}.{some(r, BASE64URL, 43)}",
    "telegram": lambda r: f"{some(r, digits[1:], 10)}:AA{some(r, BASE64URL, 33)}",
    "terraform": lambda r: f"{some(r, BASE62, 14)}.atlasv1" + f".{some(r, BASE64URL, 67)}",
    "mailchimp": lambda r: f"{some(r, HEX, 32)}-us{r.randint(1, 21)}",
    "airtable": lambda r: f"pat{some(r, BASE62, 14)}.{some(r, HEX, 64)}",
    "entra": lambda r: f"{some(r, BASE62, 3)}8Q~{some(r, BASE64URL + '~.', 33)}a",
    "jwt": jwt,
    "pem": pem,
    "pem escaped": lambda r: pem(r, "\\n"),
    "pem in one line": lambda r: pem(r, " "),
    "pem cut off": lambda r: pem(r, end=False),
}


def password(random: Random) -> str:
    """What people choose: words with digits and signs, or drawn by a manager."""
    word = some(random, ascii_lowercase, random.randint(4, 8))
    return random.choice(
        (
            word + some(random, digits, random.randint(1, 4)),
            word.title() + some(random, digits, 2) + random.choice("!#$%@*"),
            f"{word}-{some(random, ascii_lowercase, 5)}-{some(random, digits, 2)}",
            some(random, BASE62, 6)
            + some(random, digits, 2)
            + some(random, BASE62 + "!#$%^*_=+-", 8)
            + "x",
            word[:3] + "@" + word[3:] + some(random, digits, 3),
        )
    )


def plain_password(random: Random) -> str:
    """Words and a hyphen, as in hunter-two."""
    return f"{some(random, ascii_lowercase, 6)}-{some(random, ascii_lowercase, 3)}"


def key(random: Random) -> str:
    """A key without a prefix."""
    return random.choice(
        (
            some(random, HEX, 32),
            some(random, HEX, 40),
            some(random, BASE62, 24),
            some(random, BASE62, 40) + "1",
            some(random, BASE64, 43) + "7=",
            _uuid(random),
            some(random, BASE64URL, 32) + "5",
        )
    )


def pin(random: Random) -> str:
    """Digits."""
    return some(random, digits, random.choice((4, 6)))


# Where a shaped credential stands.
AROUND = (
    "{}",
    "my key is {} thanks",
    "({})",
    "[{}]",
    "「{}」",
    "キーは{}です",
    "このキー{}を使って",
    "key={}",
    '{{"key": "{}"}}',
    "export OPENAI={}\n",
    "'{}'",
    "`{}`",
    "<{}>",
    "、{}。",
    "：{}",
    "use {}, please",
    "curl -H 'x: {}' https://example.com",
    "ＫＥＹ（{}）",
    "a\\n{}\\n",
    "see {}.",
    "x={}&y=1",
    "\t{}\t",
    "{}\n{}",
)
# Others, that the patterns were not tried on while they were written.
AROUND_HELD_OUT = (
    "【{}】",
    "why does {} give 401?",
    "-> {} <-",
    "{};",
    "print('{}')",
    "認証に{}を指定したら401になる",
    "/* {} */",
    "keys:\n  - {}\n  - other",
    '\\"{}\\"',
    "|{}|",
    "~{}~",
    "https://example.com/?k={}",
    "トークン「{}」が漏れた",
    "{}？",
    "**{}**",
    "# {}",
    "value:{}",
    "key%3D{}",
    "{} is leaked!",
)

# A text and what stands in it, by the word that announces it.
CUED: tuple[tuple[str, Make], ...] = (
    ("password: {}", password),
    ("Password = {}", password),
    ("my password is {}", password),
    ("password={}&user=bob", password),
    ("DB_PASSWORD={}\n", password),
    ("pwd: {}", password),
    ('"password": "{}"', password),
    ("'passwd': '{}'", password),
    ("password = '{}'", password),
    ("パスワードは{}です", password),
    ("パスワード：{}", password),
    ("PW: {}", password),
    ("パスワードは「{}」です", password),
    ("暗証番号は{}です", pin),
    ("passphrase: {}", password),
    ("mysql --password={} -u root", password),
    ("Server=db;User Id=sa;Password={};", password),
    ("CREATE USER bob WITH PASSWORD '{}'", password),
    ("identified by '{}'", password),
    ("postgresql://bob:{}@db.example.com:5432/app", password),
    ("redis://:{}@localhost:6379/0", password),
    ("https://ann:{}@example.com/", password),
    ("Authorization: Bearer {}", key),
    ("authorization: bearer {}", key),
    ("Bearer {}", key),
    ("token={}", key),
    ("token: {}", key),
    ("api_key = '{}'", key),
    ("API key: {}", key),
    ('apiKey: "{}"', key),
    ("client_secret={}", key),
    ("secret: {}", key),
    ("?sig={}&se=1", key),
    ("AccountKey={};EndpointSuffix=x", key),
    ("SharedAccessKey={}", key),
    ("APIキーは{}です", key),
    ("APIキー：{}", key),
    ("x-api-key: {}", key),
    ("AWS_SECRET_ACCESS_KEY={}", key),
    ("private_key: {}", key),
    ("password: {}", plain_password),
    ('"password": "{}"', plain_password),
    ("パスワード：{}", plain_password),
    ("password: {}", pin),
)
CUED_HELD_OUT: tuple[tuple[str, Make], ...] = (
    ("the wifi password is {}.", password),
    ("Passwort: {}", password),
    ("pass: {}", password),
    ("use password {} to log in", password),
    ("login bob password:{}", password),
    ("spring.datasource.password={}", password),
    ('dbPassword: "{}"', password),
    ("<password>{}</password>", password),
    ("--password {} --host x", password),
    ("config['password'] = '{}'", password),
    ('os.environ["DB_PASSWORD"] = "{}"', password),
    ("ログインパスワード「{}」", password),
    ("パスワードが{}で", password),
    ('PASSWORD "{}"', password),
    ("パスワード（仮）：{}", password),
    ("password (temporary): {}", password),
    ("**Password:** {}", password),
    ("password is `{}`", password),
    ('\\"password\\": \\"{}\\"', password),
    ("I changed my password to {}", password),
    ("password => '{}'", password),
    ("curl -u bob:{} https://example.com", password),
    ("amqp://svc:{}@mq:5672", password),
    ("mongodb+srv://app:{}@cluster0.example.net/?retry=true", password),
    ("PIN: {}", pin),
    ("暗証番号 {}", pin),
    ("passcode is {}", pin),
    ("access_token={}", key),
    ('"refresh_token":"{}"', key),
    ("X-Auth-Token: {}", key),
    ("secret_key: {}", key),
    ('SECRET_KEY = "{}"', key),
    ("the token is {}", key),
    ("openai api key {}", key),
    ("アクセストークン：{}", key),
    ("シークレットキー={}", key),
    ("aws_secret_access_key = {}", key),
    ("--api-key {}", key),
    ("--token={}", key),
    ("Authorization: Basic {}", key),
    ("-H 'Authorization: token {}'", key),
    ("signature={}", key),
    ("Api-Key: {}", key),
    ("encryption key: {}", key),
    ("bearer_token: {}", key),
    ("トークン: {}", key),
    ('token "{}"', key),
)


def fill(around: str, value: str) -> str:
    """A text with a value in its place."""
    return around.replace("{{", "{").replace("}}", "}").replace("{}", value)
