"""What people ask about, and how they put it: topics and templates by query type and language."""

from __future__ import annotations

ROLES = (
    "Software Developer",
    "Hiring Manager (technical)",
    "Hiring Manager (nontechnical)",
    "Student",
    "Looking around",
)
QUERY_TYPES = ("technical", "career", "data", "mma", "fun", "general")
LANGUAGES = ("en", "ja")

_SOFTWARE = (
    "python decorators", "asyncio", "type hints", "a REST API", "GraphQL", "gRPC", "Docker images",
    "Kubernetes probes", "Terraform modules", "GitHub Actions", "unit tests", "integration tests",
    "property-based testing", "React hooks", "TypeScript generics", "CSS grid", "web sockets",
    "OAuth 2.0", "JWT", "rate limiting", "caching", "Redis", "message queues", "Kafka",
    "PostgreSQL",
    "database indexes", "database migrations", "connection pooling", "vector search", "embeddings",
    "retrieval augmented generation", "prompt caching", "LLM evaluation", "fine-tuning",
    "LangChain",
    "agents with tools", "streaming responses", "FastAPI", "Django", "Flask", "Rust lifetimes",
    "Go channels", "C++ templates", "memory leaks", "race conditions", "deadlocks", "profiling",
    "logging", "tracing", "feature flags", "blue-green deployment", "monorepos", "code review",
    "refactoring legacy code", "design patterns", "event sourcing", "microservices", "serverless",
    "static analysis", "regular expressions", "Unicode handling", "time zones", "pagination",
    "idempotency", "retries with backoff", "circuit breakers", "secrets management", "encryption",
)  # fmt: skip
_SOFTWARE_JA = (
    "Pythonのデコレータ", "非同期処理", "型ヒント", "REST API", "GraphQL", "Dockerイメージ",
    "Kubernetes",
    "単体テスト", "結合テスト", "Reactのフック", "TypeScriptのジェネリクス", "認証と認可",
    "レート制限",
    "キャッシュ", "メッセージキュー", "PostgreSQL", "インデックス設計", "マイグレーション",
    "ベクトル検索",
    "埋め込み", "検索拡張生成", "プロンプト設計", "大規模言語モデルの評価", "ファインチューニング",
    "エージェント", "ストリーミング応答", "FastAPI", "Rustの所有権", "メモリリーク", "競合状態",
    "デッドロック", "プロファイリング", "ログ設計", "分散トレーシング", "機能フラグ", "モノレポ",
    "コードレビュー", "リファクタリング", "デザインパターン", "マイクロサービス", "静的解析",
    "正規表現",
    "文字コード", "タイムゾーン", "ページネーション", "冪等性", "秘密情報の管理", "暗号化",
)  # fmt: skip
_WORK = (
    "leadership experience", "remote work", "team size", "notice period", "salary expectations",
    "visa sponsorship", "open source work", "certifications", "education", "career change",
    "machine learning projects", "backend experience", "frontend experience", "data engineering",
    "cloud experience", "mentoring", "conflict at work", "favourite project", "biggest failure",
    "five-year plan", "startup experience", "sales background", "customer-facing work",
    "public speaking", "working with designers", "code quality", "on-call duty", "hackathons",
    "technical writing", "languages spoken",
)  # fmt: skip
_WORK_JA = (
    "リーダー経験", "リモートワーク", "チーム規模", "希望年収", "転職理由", "資格", "学歴",
    "機械学習の実績",
    "バックエンド経験", "フロントエンド経験", "データ基盤の経験", "クラウド経験", "後輩の指導",
    "失敗談",
    "五年後の目標", "スタートアップ経験", "営業経験", "登壇経験", "語学力", "オープンソース活動",
)  # fmt: skip
_DATA = (
    "session length", "query volume", "success rate", "response time", "user ratings", "retention",
    "conversion", "weekly active users", "error rate", "top questions", "slow queries",
    "data quality",
    "late events", "duplicate rows", "table sizes", "role breakdown", "hourly traffic", "cost",
    "token usage", "citations", "content views", "relevance scores", "funnel steps", "cohorts",
    "forecast", "outliers", "seasonality", "missing values", "schema changes", "data lineage",
)  # fmt: skip
_DATA_JA = (
    "セッション時間", "質問数", "成功率", "応答時間", "評価", "継続率", "転換率", "週間利用者数",
    "エラー率",
    "よくある質問", "遅いクエリ", "データ品質", "重複行", "役割別の内訳", "時間帯別の利用", "費用",
    "トークン使用量", "引用数", "閲覧数", "関連度", "ファネル", "コホート", "予測", "外れ値",
    "欠損値",
)  # fmt: skip
_MMA = (
    "guillotine choke", "double leg takedown", "rear naked choke", "armbar", "triangle choke",
    "cage control", "leg kicks", "the clinch", "ground and pound", "weight cutting", "footwork",
    "the jab", "wrestling defence", "kimura", "heel hook", "conditioning", "sparring", "recovery",
    "southpaw stance", "fight records",
)  # fmt: skip
_MMA_JA = (
    "腕ひしぎ十字固め", "三角絞め", "裸絞め", "タックル", "ローキック", "クリンチ", "減量",
    "フットワーク",
    "寝技", "スパーリング", "総合格闘技の戦績", "サウスポー",
)  # fmt: skip
_FUN = (
    "programmers", "cats", "coffee", "Mondays", "databases", "pizza", "robots", "rubber ducks",
    "semicolons", "meetings", "space travel", "retro games", "karaoke", "dinosaurs", "penguins",
    "time travel", "hot dogs", "tabs and spaces", "crosswords", "ramen",
)  # fmt: skip
_FUN_JA = (
    "猫", "コーヒー", "月曜日", "データベース", "ラーメン", "ロボット", "会議", "宇宙旅行",
    "カラオケ",
    "ペンギン", "温泉", "将棋",
)  # fmt: skip
_GENERAL = (
    "this site", "this assistant", "your sources", "privacy", "the author", "contact options",
    "the resume", "supported languages", "the roadmap", "accessibility", "open positions",
    "pricing",
    "the changelog", "dark mode", "keyboard shortcuts", "exports", "the blog", "feedback",
)  # fmt: skip
_GENERAL_JA = (
    "このサイト", "このアシスタント", "情報源", "プライバシー", "作者", "連絡方法", "履歴書",
    "対応言語",
    "今後の予定", "料金", "更新履歴", "ダークモード", "ブログ", "ご意見窓口",
)  # fmt: skip

TOPICS: dict[tuple[str, str], tuple[str, ...]] = {
    ("technical", "en"): _SOFTWARE, ("technical", "ja"): _SOFTWARE_JA,
    ("career", "en"): _WORK, ("career", "ja"): _WORK_JA,
    ("data", "en"): _DATA, ("data", "ja"): _DATA_JA,
    ("mma", "en"): _MMA, ("mma", "ja"): _MMA_JA,
    ("fun", "en"): _FUN, ("fun", "ja"): _FUN_JA,
    ("general", "en"): _GENERAL, ("general", "ja"): _GENERAL_JA,
}  # fmt: skip

TEMPLATES: dict[tuple[str, str], tuple[str, ...]] = {
    ("technical", "en"): (
        "How does {} work", "Explain {} to me", "Show me an example of {}", "When should I use {}",
        "What are the pitfalls of {}", "How do you test {}", "Best practices for {}",
        "What is the alternative to {}", "How did you use {} in this project", "Why is {} slow",
        "How do I debug {}", "Compare {} in Python and Go", "Can you show code for {}",
        "How do I get started with {}", "Is {} worth it for a small team", "How does {} scale",
        "What changed recently in {}", "How do I monitor {} in production",
        "Write a checklist for {}", "What would you ask in an interview about {}",
    ),
    ("technical", "ja"): (
        "{}の仕組みを教えてください", "{}の例を見せて", "{}はいつ使うべきですか",
        "{}の注意点は何ですか",
        "{}のテスト方法を知りたい", "{}のベストプラクティス", "{}が遅いのはなぜですか",
        "{}のコードを見せてください",
        "{}を初心者にもわかるように説明して", "本番で{}を監視するには",
        "{}の代わりになるものはありますか",
        "{}の始め方", "このプロジェクトで{}をどう使いましたか", "{}について面接で何を聞きますか",
    ),
    ("career", "en"): (
        "Tell me about {}", "What should I know about {}", "How would you describe {}",
        "Give me a short summary of {}", "Why does {} matter for this role",
        "Do you have an example of {}", "What did you learn from {}", "How do I ask about {}",
        "How important is {} to you", "Can we discuss {}", "What is your view on {}",
        "How has {} changed over the years", "What questions should I ask about {}",
        "Is there a reference for {}",
    ),
    ("career", "ja"): (
        "{}について教えてください", "{}を簡単にまとめて", "{}の具体例はありますか",
        "{}から何を学びましたか",
        "{}はどのくらい重要ですか", "{}について面接で聞かれたら", "{}をどう説明しますか",
        "{}に関する質問をしたい",
    ),
    ("data", "en"): (
        "Show {} by day", "Show {} by role", "What is the trend of {}", "Plot {} for last month",
        "Why did {} drop", "Which days had the highest {}", "Export {} as a table",
        "Compare {} week over week", "What is the average {}", "How is {} calculated",
        "Explain {} to a nontechnical manager", "Is {} within its target", "Who owns {}",
        "Summarise {} in one sentence",
    ),
    ("data", "ja"): (
        "{}を日別に表示して", "{}の推移を見せてください", "{}が下がった理由は",
        "先月の{}をグラフにして",
        "{}の平均はいくつですか", "{}の計算方法を教えて", "{}を役割別に比べて",
        "{}を表で出力してください",
    ),
    ("mma", "en"): (
        "How do I escape {}", "Who is best known for {}", "Teach me {}",
        "Is {} legal in amateur bouts",
        "Drills for {}", "What beats {}", "History of {}", "How do I train {} alone",
    ),
    ("mma", "ja"): (
        "{}のコツは", "{}を教えて", "{}の練習方法", "{}が得意な選手は誰ですか", "{}の歴史",
    ),
    ("fun", "en"): (
        "Tell me a joke about {}", "Write a haiku about {}", "Give me a fun fact about {}",
        "Sing a song about {}", "What would {} say if they could talk", "Rate {} out of ten",
        "Make up a story with {}", "Surprise me with {}",
    ),
    ("fun", "ja"): (
        "{}の面白い話をして", "{}で俳句を作って", "{}の豆知識を教えて", "{}について歌って",
        "{}の物語を書いて",
    ),
    ("general", "en"): (
        "What is {}", "Where do I find {}", "Tell me more about {}", "How do I use {}",
        "Is there documentation on {}", "Who maintains {}", "I have a question about {}",
        "What is new with {}", "Does {} work on mobile", "Can I change {}",
    ),
    ("general", "ja"): (
        "{}とは何ですか", "{}はどこにありますか", "{}の使い方", "{}について詳しく",
        "{}を変更できますか",
        "{}に質問があります", "{}はスマホでも使えますか",
    ),
}  # fmt: skip

MEMORY_KEYS = (
    "conversation_summary", "last_topic", "preferred_language", "goal", "open_question",
    "profile_note",
)  # fmt: skip
MEMORY_TEXTS: dict[str, tuple[str, ...]] = {
    "conversation_summary": (
        "Asked about {en}; wanted a short answer with code.",
        "Talked through {en} and left satisfied.",
        "{ja}について質問し、例を求めた。",
        "The answer on {en} was too long; keep it brief next time.",
    ),
    "last_topic": ("{en}", "{ja}"),
    "preferred_language": ("English", "日本語", "English, sometimes 日本語", "Deutsch"),
    "goal": (
        "Wants to learn {en} before the next interview.", "Hiring for a team that works with {en}.",
        "{ja}を来月までに身につけたい。",
    ),
    "open_question": (
        "Still unsure how {en} fits the current design.", "{ja}の費用がまだわからない。",
        "Asked twice about {en}; follow up.",
    ),
    "profile_note": (
        "Prefers examples over theory.", "敬語は不要とのこと。", "Works mostly with {en}.",
        "Reads on a phone, keep tables narrow.",
    ),
}  # fmt: skip

CONTENT_TYPES = ("code", "document", "resume", "video", "chart", "blog_post")
COMPONENTS = ("api", "retrieval", "llm_gateway")
