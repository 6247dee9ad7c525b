"""The one command (./jixin): what it finds, what it installs, what it says when it cannot.

Each test runs the real script in a folder of its own, with a PATH that holds only what the test puts there:
Pythons, uv, pip and apt-get are small scripts that write down what was asked of them.
"""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("cat", "cmp", "cp", "dirname", "env", "flock", "grep", "ls", "mkdir", "readlink", "rm", "sh", "touch")

PYTHON = """#!/bin/sh
case "$*" in
    "-c import sys; sys.exit(sys.version_info < (3, 11))") exit {too_old} ;;
    "-c import venv, ensurepip") exit {no_venv} ;;
    *"print(sys.executable)") echo "$0"; exit ;;
    *find_postgres*) [ -e "$HOUSE/postgres" ]; exit ;;
    *playwright*) [ -e "$HOUSE/libatomic" ]; exit ;;
    "-c "*) exit 0 ;;
    "-m venv --clear "*) rm -rf "$4"; mkdir -p "$4/bin"; touch "$4/pyvenv.cfg"; cp "$0" "$4/bin/python" ;;
    "-m pip --version") exit {no_pip} ;;
esac
printf '%s' "$*" | grep -q -- '-m' || exit 0
{{ printf '%s\\n' "${{0##*/}} $*" "  in $PWD"; }} >>"$HOUSE/log"
case "$*" in "-m web.cli"*) for word; do echo "[$word]"; done; echo "pid $$" ;; esac
exit 0
"""
UV = """#!/bin/sh
case "$*" in "--version") exit 0 ;; esac
printf '%s\\n' "uv $* into $UV_PROJECT_ENVIRONMENT" >>"$HOUSE/log"
case "$*" in *--check) [ -e "$HOUSE/synced" ]; exit ;; esac
[ {fails} = 0 ] || exit 2
mkdir -p "$UV_PROJECT_ENVIRONMENT/bin"; touch "$UV_PROJECT_ENVIRONMENT/pyvenv.cfg" "$HOUSE/synced"
cp "$HOUSE/bin/template" "$UV_PROJECT_ENVIRONMENT/bin/python"
"""
APT = """#!/bin/sh
printf '%s\\n' "apt-get $* noninteractive=$DEBIAN_FRONTEND" >>"$HOUSE/log"
case "$*" in
    *update*) touch "$HOUSE/lists" ;;
    *install*)
        [ -e "$HOUSE/lists" ] || {{ echo "E: Unable to locate package" >&2; exit 100; }}
        cp "$HOUSE/bin/template" "$HOUSE/bin/chromium"; cp "$HOUSE/bin/template" "$HOUSE/bin/mosquitto"
        cp "$HOUSE/bin/template" "$HOUSE/bin/strace"
        printf '#!/bin/sh\\necho Noto\\n' >"$HOUSE/bin/fc-list"; {chmod} +x "$HOUSE/bin/fc-list"
        touch "$HOUSE/postgres" "$HOUSE/libatomic"
        ;;
esac
"""


@dataclass
class House:
    """A copy of the script with its requirements, in a folder whose name has a space."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def script(self) -> Path:
        return self.folder / "jixin"

    @property
    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def put(self, name: str, content: str) -> None:
        path = self.folder / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o755)

    def put_python(self, name: str, *, too_old: bool = False, no_venv: bool = False, no_pip: bool = False) -> None:
        self.put(name, PYTHON.format(too_old=int(too_old), no_venv=int(no_venv), no_pip=int(no_pip)))

    def put_test_programs(self) -> None:
        for name in ("chromium", "mosquitto", "strace"):
            self.put(name, "#!/bin/sh\n")
        self.put("fc-list", "#!/bin/sh\necho Noto\n")
        (self.folder / "postgres").touch()
        (self.folder / "libatomic").touch()

    def run(
        self, *arguments: str, script: Path | None = None, cwd: Path | None = None
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [script or self.script, *arguments],
            capture_output=True, text=True, check=False, cwd=cwd or self.folder, stdin=subprocess.DEVNULL,
            env={"PATH": str(self.folder / "bin"), "HOUSE": str(self.folder), **self.environment},
        )  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A house without any Python; its user is root."""
    folder = tmp_path / "the house"
    requirements = folder / "deploy" / "requirements"
    requirements.mkdir(parents=True)
    (folder / "bin").mkdir()
    (requirements / "server.txt").write_text("msgspec==0.22.0\n", encoding="utf-8")
    (requirements / "dev.txt").write_text("msgspec==0.22.0\npytest==9.2.0\n", encoding="utf-8")
    shutil.copy(ROOT / "jixin", folder / "jixin")
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, f"{tool} is part of every Debian"
        (folder / "bin" / tool).symlink_to(found)
    made = House(folder)
    made.put("id", "#!/bin/sh\necho 0\n")
    made.put_python("template")
    return made


def use_apt(house: House) -> None:
    house.put("apt-get", APT.format(chmod=shutil.which("chmod")))


def use_uv(house: House, *, fails: bool = False) -> None:
    house.put("uv", UV.format(fails=int(fails)))


def test_the_callers_folder_and_words_reach_the_program_untouched(house: House, tmp_path: Path) -> None:
    house.put_python("python3.11")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    result = house.run("replay", "my file.csv", "--json", "", cwd=elsewhere)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("[-m]\n[web.cli]\n[replay]\n[my file.csv]\n[--json]\n[]\n")
    assert f"web.cli replay my file.csv --json \n  in {elsewhere}\n" in house.log


def test_it_finds_its_house_through_symlinks(house: House, tmp_path: Path) -> None:
    house.put_python("python3.11")
    first, second = tmp_path / "first", tmp_path / "deep" / "second"
    second.parent.mkdir()
    first.symlink_to(Path("the house") / "jixin")
    second.symlink_to(Path("..") / "first")
    assert house.run("up", script=second, cwd=tmp_path).returncode == 0
    assert (house.folder / ".venv" / "bin" / "python").exists()


def test_the_program_takes_the_scripts_place_so_that_signals_reach_it(house: House) -> None:
    house.put_python("python3.11")
    command = subprocess.Popen(
        [house.script, "up"], stdout=subprocess.PIPE, text=True, stderr=subprocess.DEVNULL,
        env={"PATH": str(house.folder / "bin"), "HOUSE": str(house.folder)},
    )  # fmt: skip
    output, _ = command.communicate()
    assert f"pid {command.pid}\n" in output


def test_a_shim_that_only_pretends_and_a_python_too_old_are_passed_over(house: House) -> None:
    house.put("python3.11", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    house.put_python("python3.12", too_old=True)
    house.put_python("python3.13", no_venv=True)
    house.put_python("python3")
    assert house.run("up").returncode == 0
    assert house.log.startswith("python3 -m venv --clear")


def test_without_a_python_it_says_what_to_install(house: House) -> None:
    house.put_python("python3", too_old=True)
    result = house.run("demo")
    assert (result.returncode, result.stdout) == (1, "")
    assert "Python 3.11" in result.stderr
    assert "apt-get install python3 python3-venv" in result.stderr


def test_without_the_venv_module_it_names_the_debian_package(house: House) -> None:
    house.put_python("python3.11", no_venv=True)
    result = house.run("demo")
    assert result.returncode == 1
    assert "apt-get install python3-venv" in result.stderr


def test_packages_are_installed_once_and_again_when_their_list_changes(house: House) -> None:
    house.put_python("python3.11")
    for _ in range(2):
        assert house.run("up").returncode == 0
    assert house.log.count("-m pip install") == 1
    assert "--require-hashes" in house.log
    (house.folder / "deploy" / "requirements" / "server.txt").write_text("msgspec==0.23.0\n", encoding="utf-8")
    assert house.run("up").returncode == 0
    assert house.log.count("-m pip install") == 2
    assert house.log.count("-m venv") == 1


def test_what_the_tests_installed_serves_every_command(house: House) -> None:
    house.put_python("python3.11")
    house.put_test_programs()
    assert house.run("test").returncode == 0
    assert house.run("up").returncode == 0
    assert house.log.count("-m pip install") == 1


def test_installing_says_nothing_on_standard_output(house: House) -> None:
    house.put_python("python3.11")
    result = house.run("replay", "--json")
    assert result.stdout.startswith("[-m]\n")
    assert "installing packages" in result.stderr


def test_an_environment_without_pip_is_made_anew(house: House) -> None:
    house.put_python("python3.11")
    broken = house.folder / ".venv" / "bin"
    broken.mkdir(parents=True)
    (broken.parent / "pyvenv.cfg").touch()
    house.put_python("broken", no_pip=True)
    shutil.move(house.folder / "bin" / "broken", broken / "python")
    assert house.run("up").returncode == 0
    assert "-m venv --clear" in house.log


def test_a_folder_that_is_no_environment_is_never_cleared(house: House, tmp_path: Path) -> None:
    house.put_python("python3.11")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "letter").touch()
    house.environment["JIXIN_VENV"] = str(precious)
    result = house.run("up")
    assert result.returncode == 1
    assert "JIXIN_VENV" in result.stderr
    assert (precious / "letter").exists()


def test_uv_installs_where_there_is_one(house: House) -> None:
    house.put_python("python3.11")
    use_uv(house)
    for _ in range(2):
        assert house.run("up").returncode == 0
    venv = house.folder / ".venv"
    sync = f"uv sync --project {house.folder} --frozen --inexact --no-install-project --no-dev --extra server"
    assert house.log.count(f"{sync} into {venv}") == 1
    assert "pip install" not in house.log


def test_pip_takes_over_where_uv_fails(house: House) -> None:
    house.put_python("python3.11")
    use_uv(house, fails=True)
    result = house.run("up")
    assert result.returncode == 0, result.stderr
    assert "trying pip" in result.stderr
    assert "-m pip install" in house.log


def test_what_uv_changed_is_no_longer_taken_for_pips_work(house: House) -> None:
    house.put_python("python3.11")
    assert house.run("up").returncode == 0
    use_uv(house)
    assert house.run("up").returncode == 0
    (house.folder / "bin" / "uv").unlink()
    assert house.run("up").returncode == 0
    assert house.log.count("-m pip install") == 2


def test_the_tests_run_in_the_house_with_the_callers_arguments(house: House, tmp_path: Path) -> None:
    house.put_python("python3.11")
    house.put_test_programs()
    result = house.run("test", "tests/house", "-k", "a name", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert house.log.endswith(f"tests/house -k a name\n  in {house.folder}\n")
    assert "requirements/dev.txt" in house.log
    assert "apt-get" not in house.log


def test_missing_debian_packages_are_installed_after_fetching_lists_once(house: House) -> None:
    house.put_python("python3.11")
    use_apt(house)
    for _ in range(2):
        result = house.run("test")
        assert result.returncode == 0, result.stderr
    assert house.log.count("apt-get") == 3  # install, update, install; the second run finds all there
    # the script finds this machine's own /usr/sbin/mosquitto too: an ordinary user's PATH lacks sbin
    wanted = "-y --no-install-recommends chromium fonts-noto-cjk libatomic1 (mosquitto )?strace postgresql"
    assert re.search(wanted, house.log)
    assert house.log.count("noninteractive=noninteractive") == 2


def test_only_what_is_missing_is_installed(house: House) -> None:
    house.put_python("python3.11")
    house.put_test_programs()
    use_apt(house)
    (house.folder / "bin" / "chromium").unlink()
    (house.folder / "lists").touch()
    assert house.run("test").returncode == 0
    assert "--no-install-recommends chromium noninteractive" in house.log


@pytest.mark.parametrize("may", ["no apt-get", "no root"])
def test_what_cannot_be_installed_is_named_and_fails(house: House, may: str) -> None:
    house.put_python("python3.11")
    if may == "no root":
        use_apt(house)
        house.put("id", "#!/bin/sh\necho 1000\n")
        house.put("sudo", "#!/bin/sh\necho 'a password is required' >&2\nexit 1\n")
    result = house.run("test")
    assert result.returncode == 1
    assert "chromium fonts-noto-cjk" in result.stderr
    assert "postgresql" in result.stderr
    assert "-m pytest" not in house.log


def test_sudo_without_a_password_installs(house: House) -> None:
    house.put_python("python3.11")
    use_apt(house)
    house.put("id", "#!/bin/sh\necho 1000\n")
    house.put("sudo", '#!/bin/sh\n[ "$1" = -n ] || exit 1\nshift\n[ "$1" = true ] || exec "$@"\n')
    result = house.run("test")
    assert result.returncode == 0, result.stderr
    assert "apt-get" in house.log


def test_an_installation_that_brings_nothing_fails(house: House) -> None:
    house.put_python("python3.11")
    house.put("apt-get", "#!/bin/sh\n")
    result = house.run("test")
    assert result.returncode == 1
    assert "still not found" in result.stderr


def test_the_tests_bring_the_venv_module_themselves(house: House) -> None:
    house.put_python("python3.11", no_venv=True)
    house.put_python("later")
    house.put_test_programs()
    house.put("apt-get", '#!/bin/sh\necho "apt-get $*" >>"$HOUSE/log"\ncp "$HOUSE/bin/later" "$HOUSE/bin/python3.11"\n')
    result = house.run("test")
    assert result.returncode == 0, result.stderr
    assert "install -qq -y --no-install-recommends python3-venv" in house.log


def test_ci_runs_the_tests_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert os.access(ROOT / "jixin", os.X_OK)
    commands = [
        line for line in script.read_text(encoding="utf-8").splitlines() if line and not line.startswith(("#", "set "))
    ]
    assert commands == ['exec "$(dirname -- "${BASH_SOURCE[0]}")/../jixin" test']
