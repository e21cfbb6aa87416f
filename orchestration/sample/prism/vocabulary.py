"""The words of the platform's sample: names, kinds, models and texts, none of them real."""

from __future__ import annotations

import numpy as np

from orchestration.sample.noise import lognormal_table, weighted_table

_FINE = 2048

# Accounts. Names as written, and as an address spells them.
GIVEN = (
    ("花子", "hanako"), ("太郎", "taro"), ("健二", "kenji"), ("芽衣", "mei"), ("翔", "sho"),
    ("さくら", "sakura"), ("直樹", "naoki"), ("結衣", "yui"), ("Alice", "alice"),
    ("Robert", "robert"), ("Maria", "maria"), ("Chidi", "chidi"), ("Sofía", "sofia"),
    ("Liam", "liam"), ("Noor", "noor"), ("Ingrid", "ingrid"),
)  # fmt: skip
FAMILY = (
    ("田中", "tanaka"), ("鈴木", "suzuki"), ("佐藤", "sato"), ("高橋", "takahashi"),
    ("渡辺", "watanabe"), ("山本", "yamamoto"), ("髙島", "takashima"), ("小林", "kobayashi"),
    ("Smith", "smith"), ("García", "garcia"), ("Okafor", "okafor"), ("Müller", "mueller"),
    ("Rossi", "rossi"), ("Nguyen", "nguyen"), ("O'Brien", "obrien"), ("Lindqvist", "lindqvist"),
)  # fmt: skip
TONGUES = 2  # the first half of GIVEN and FAMILY is Japanese
ROLES = ("viewer", "analyst", "reviewer", "admin")
ROLE_WEIGHTS = weighted_table((45, 33, 17, 5))
DEPARTMENTS = (
    "Legal", "Finance", "Procurement", "Compliance", "Human Resources", "Sales", "法務部", "経理部",
)  # fmt: skip
REGIONS = ("ap-northeast", "ap-southeast", "eu-central", "eu-west", "us-east", "us-west")
REGION_WEIGHTS = weighted_table((38, 8, 12, 12, 18, 12))
LEVELS = ("public", "internal", "confidential", "restricted")
PRIVACY = (
    '{"analytics": true, "product_mail": false}',
    '{"analytics": false, "product_mail": false}',
    '{"analytics": true, "product_mail": true, "note": "メールは日本語で"}',
    "{}",
)

# Organizations.
TIERS = ("free", "standard", "professional", "enterprise")
TIER_WEIGHTS = weighted_table((25, 40, 25, 10))
COMPANIES = (
    "株式会社みなと商会", "Aster Logistics", "北斗電機株式会社", "Birchwood Partners",
    "さざなみ法律事務所", "Cobalt Foods", "Delta Harbour Insurance", "株式会社つばき製作所",
    "Elm & Rowan", "Fjord Analytics", "田中花子税理士事務所", "Granite Health",
)  # fmt: skip
SETTINGS = (
    '{"language": "ja", "theme": "light"}', '{"language": "en", "theme": "dark"}',
    '{"language": "en", "review": {"required": true, "reviewers": 2}}',
    '{"language": "ja", "通知": ["メール", "画面"]}',
)  # fmt: skip
RETENTION_DAYS = (2555, 2555, 2555, 1825, 3650)
REGIMES = ("[]", '["gdpr"]', '["gdpr", "soc2"]', '["appi"]', '["appi", "gdpr"]', '["hipaa"]')

# Documents.
DOCUMENT_TYPES = ("contract", "report", "policy", "invoice", "proposal", "minutes", "specification")
TYPE_WEIGHTS = weighted_table((34, 20, 10, 12, 9, 9, 6))
TITLES = (
    ("Lease agreement", "業務委託契約書"), ("Quarterly report", "四半期報告書"),
    ("Travel policy", "出張規程"), ("Invoice", "請求書"), ("Proposal", "提案書"),
    ("Minutes of the meeting", "議事録"), ("Requirements", "要件定義書"),
)  # fmt: skip
EXTENSIONS = ("pdf", "docx", "txt")
EXTENSION_WEIGHTS = weighted_table((58, 36, 6))
MIME_TYPES = (
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain",
)
LANGUAGES = ("en", "ja", "de", "fr")
INDUSTRIES = ("legal", "finance", "healthcare", "manufacturing", "retail", "public")
PURPOSES = ("review", "due_diligence", "compliance", "archiving", "negotiation")
POLICIES = ("standard", "extended", "short")
POLICY_DAYS = np.array([2555, 3650, 1095])
STATUSES = ("uploaded", "processing", "completed", "failed")
ERRORS = (
    "The file is protected by a password.", "No text was found on page 3.",
    "The model did not answer in time.", "文字コードを判別できません。",
)  # fmt: skip
SIZES = lognormal_table(median=310_000, sigma=1.6, lowest=2_048, highest=95_000_000, size=_FINE)
WORDS = lognormal_table(median=520, sigma=0.7, lowest=20, highest=9_000, size=_FINE)
SECTION_COUNTS = 1 + weighted_table((8, 14, 20, 20, 15, 11, 7, 5))
SECTION_TYPES = ("introduction", "body", "clause", "table", "appendix", "signature")
HEADINGS = (
    "1. Scope", "2. Definitions", "3. Term and termination", "4. Fees", "5. Liability",
    "第1条（目的）", "第2条（定義）", "第3条（契約期間）", "第4条（報酬）", "附則",
)  # fmt: skip
SENTENCES_EN = (
    "The supplier delivers the goods within the agreed period.",
    "Either party may terminate this agreement with ninety days of notice.",
    "Fees fall due at the end of the month that follows the invoice.",
    "The parties treat as confidential what they learn of each other.",
    "Liability is limited to the fees of the past twelve months.",
    "Revenue rose in the second quarter, mainly abroad.",
    "Personal data is processed on documented instructions only.",
    "Changes need the written consent of both parties.",
    "The warranty ends two years after acceptance.",
    "Disputes are settled by the courts at the supplier's seat.",
)
SENTENCES_JA = (
    "甲は乙に対し、本業務を委託し、乙はこれを受託する。",
    "本契約の有効期間は締結日から一年間とする。",
    "報酬は毎月末日締め、翌月末日払いとする。",
    "乙は、業務上知り得た情報を第三者に開示してはならない。",
    "損害賠償の額は、過去十二か月の報酬を上限とする。",
    "個人情報は、書面による指示の範囲でのみ取り扱う。",
    "第二四半期の売上高は海外を中心に増加した。",
    "本契約に関する紛争は、東京地方裁判所を専属的合意管轄とする。",
)

# Analyses.
MODELS = ("prism-large", "prism-small", "lexicon-multilingual", "kotonoha")
MODEL_WEIGHTS = weighted_table((38, 30, 20, 12))
VERSIONS = ("2025-11", "2026-01", "2026-02", "2026-03")
NANO_DOLLARS_A_TOKEN = np.array([11_300, 950, 4_200, 2_750])
DURATIONS = np.stack(
    [
        lognormal_table(median, 0.6, 400, 500_000, _FINE)
        for median in (14_000, 3_500, 8_000, 6_000)
    ]
)  # fmt: skip
TOKENS = lognormal_table(median=2_600, sigma=0.6, lowest=180, highest=60_000, size=_FINE)
ITEM_COUNTS = weighted_table((14, 24, 24, 17, 11, 6, 4))
RISKS = ("Low", "Medium", "High")
RISK_WEIGHTS = weighted_table((60, 29, 11))
ITEMS = (
    "The termination clause is one-sided.", "No limit of liability is stated.",
    "Payment terms differ from the framework agreement.", "A date is missing.",
    "The term \"affiliate\" is not defined.", "自動更新条項に注意が必要です。",
    "損害賠償の上限がありません。", "秘密保持期間が定められていません。",
    "個人情報の取扱いが不明確です。", "用語が統一されていません。",
    "The figures of table 2 do not add up.", "準拠法の記載がありません。",
)  # fmt: skip

# Feedback.
FEEDBACK_TYPES = ("finding", "summary", "risk", "language")
CATEGORIES = ("accuracy", "completeness", "clarity", "relevance")
ACTIONS = ("accepted", "rejected", "custom", "modified")
ACTION_WEIGHTS = weighted_table((58, 22, 9, 11))
WORKFLOW = ("submitted", "reviewed", "closed")
COMMENTS = (
    "Helpful, thank you.", "This clause was meant that way.", "Please cite the paragraph.",
    "指摘のとおりです。", "該当箇所が違います。", "もう少し具体的にお願いします。",
    "Too cautious for an internal draft.", "表現を直しました。",
)  # fmt: skip
RATINGS = 1 + weighted_table((5, 8, 19, 37, 31))
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 Version/18.0 Safari/605.1",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36",
    "PrismDesktop/4.2 (Windows)",
)

# Documentation networks (RFC 5737, RFC 3849), and a private one.
ADDRESSES = (
    *(f"{net}.{n}" for net in ("192.0.2", "198.51.100", "203.0.113") for n in range(1, 255)),
    *(f"2001:db8:{n:x}::{n * 7 % 65536:x}" for n in range(1, 120)),
    *(f"10.20.{n}.{n * 3 % 254 + 1}" for n in range(40)),
)
