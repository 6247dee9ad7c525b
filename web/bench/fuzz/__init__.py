"""The fuzzer (模糊测试): seeded bad payloads through the real intake, and who judges what came of them."""
