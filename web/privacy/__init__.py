"""The search for personal data (个人信息查漏): needles, where they may lie, and whether every reader sees."""
