"""The programs (外部程序) that the bench starts: load, ceilings and peers. None imports anything of ours."""
