"""The gate bench (闸口测试): invented senders, good and bad, at a counter whose outbox is on disk."""
