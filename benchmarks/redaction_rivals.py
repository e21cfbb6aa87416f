"""Alternatives for redaction: a Python loop and Microsoft Presidio."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

from benchmarks import work
from benchmarks.measure import Timed, fastest_of

# Typical Python patterns for the seven types of personal data.
PATTERNS = [
    re.compile(pattern)
    for pattern in (
        r"[\w.+-]+@[\w-]+\.[\w.]+",
        r"\b\d{3}-\d{2}-\d{4}\b",
        r"(?:\+?\d{1,3}[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}\b",
        r"\b(?:\d[ -]?){13,16}\b",
        r"\b(?:\d{1,3}\.){3}\d{1,3}\b",
        r"\b\d{1,4}[-/]\d{1,2}[-/]\d{1,4}\b",
        r"\b\d+ (?:\w+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr)\b",
    )
]
# Presidio has no recognizer for postal addresses, and finds all dates, not only dates of birth.
ENTITIES = ["EMAIL_ADDRESS", "US_SSN", "PHONE_NUMBER", "CREDIT_CARD", "IP_ADDRESS", "DATE_TIME"]
WARM_UP = 50


def redact_in_loop(count: str) -> Timed:
    """Redact questions of the sample one by one with seven patterns."""
    texts = work.questions(int(count))

    def loop() -> int:
        changed = 0
        for text in texts:
            redacted = text
            for pattern in PATTERNS:
                redacted = pattern.sub("[REDACTED]", redacted)
            changed += redacted != text
        return changed

    timed = fastest_of(1, loop)
    return Timed(timed.seconds, {"texts": len(texts), "changed": timed.result})


def redact_with_presidio(count: str) -> Timed:
    """Redact the same questions with Presidio's pattern recognizers and a blank language model.

    Presidio looks only for the types that Granary has, and spans are replaced by plain slicing.
    """
    texts = work.questions(int(count))
    analyzer = _analyzer()

    def redact(text: str) -> str:
        found = analyzer.analyze(text, language="en", entities=ENTITIES)
        for span in sorted(found, key=lambda s: -int(s.start)):
            text = text[: span.start] + "[REDACTED]" + text[span.end :]
        return text

    def loop() -> int:
        return sum(redact(text) != text for text in texts)

    for text in texts[:WARM_UP]:
        redact(text)
    timed = fastest_of(1, loop)
    return Timed(timed.seconds, {"texts": len(texts), "changed": timed.result})


def _analyzer() -> Any:
    """Return an analyzer that downloads neither a language model nor a list of domains."""
    presidio = import_module("presidio_analyzer")
    engines = import_module("presidio_analyzer.nlp_engine")
    spacy = import_module("spacy")
    # Presidio checks e-mail domains with tldextract, which would fetch its list from the network.
    tldextract: Any = import_module("tldextract")
    tldextract.extract = tldextract.TLDExtract(cache_dir=None, suffix_list_urls=())

    engine = engines.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": "blank"}])
    engine.nlp = {"en": spacy.blank("en")}
    registry = presidio.RecognizerRegistry()
    registry.load_predefined_recognizers(languages=["en"])
    registry.remove_recognizer("SpacyRecognizer")
    return presidio.AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
