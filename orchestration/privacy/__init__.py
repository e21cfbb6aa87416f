"""Free-text redaction: rendering its macros and scoring what they find."""
