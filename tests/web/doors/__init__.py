"""Every door of the website (所有入口): strange questions with each role, and ids that are another's."""
