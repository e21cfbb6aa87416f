"""The document-analysis platform: its database is read."""

from orchestration.sources.declaring import Database, Source

SOURCE = Source("prism", database=Database())
