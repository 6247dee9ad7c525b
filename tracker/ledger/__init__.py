"""The ledger (存证): what lets a stranger notice that the log was changed."""
