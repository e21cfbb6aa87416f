"""The helpdesk: its database holds the tickets; replies are written as files."""

from orchestration.sources.declaring import Database, Source

SOURCE = Source("helpdesk", database=Database(files=("replies",)))
