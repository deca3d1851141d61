import json
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest
from typer.main import get_command

from crawler.configuration import Configuration, settings
from scheduler.cli import app
from scheduler.pool import longest_end
from scheduler.timetable.crontab import parse_expression

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
SERVICES = ("tidings.service", "tidings-worker.service", "tidings-once.service")
EXECUTABLE = "/opt/tidings/bin/tidings"
COMMANDS = get_command(app).commands

# systemd.exec(5). Each is a door that a page which broke a parser would otherwise find open.
SANDBOX = {
    "AmbientCapabilities": "",
    "CapabilityBoundingSet": "",
    "LockPersonality": "yes",
    "NoNewPrivileges": "yes",
    "PrivateDevices": "yes",
    "PrivateTmp": "yes",
    "PrivateUsers": "yes",
    "ProcSubset": "pid",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHome": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "ProtectSystem": "strict",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "SystemCallArchitectures": "native",
    "SystemCallErrorNumber": "EPERM",
    "SystemCallFilter": "@system-service ~@privileged @resources",
    "User": "tidings",
}


def read(name):
    return (DEPLOY / name).read_text(encoding="utf-8")


def unit(name):
    """The sections of a unit file; a key that is set several times has its values joined by blanks."""
    sections = {}
    for line in read(name).splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, value = line.split("=", 1)
            section[key] = f"{section[key]} {value}" if key in section else value
    return sections


def run(*command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, **options)


@pytest.fixture(scope="module")
def systemd_analyze():
    """The machine's own checker, if it knows every directive that the units use."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    version = int(re.search(r"systemd (\d+)", run("systemd-analyze", "--version").stdout)[1])
    if version < 251:
        pytest.skip(f"systemd {version} is older than the units need")
    return "systemd-analyze"


# systemd


@pytest.mark.parametrize("name", SERVICES)
def test_sandbox(name):
    """Every unit shuts the same doors."""
    service = unit(name)["Service"]
    assert {key: service.get(key) for key in SANDBOX} == SANDBOX


def test_sandbox_is_one():
    """From the account on, the units agree word for word: what one learns, the others cannot miss."""
    settings_of = [list(unit(name)["Service"].items()) for name in SERVICES]
    shared = [items[items.index(("User", "tidings")) :] for items in settings_of]
    assert shared[0] == shared[1] == shared[2]


@pytest.mark.parametrize("name", SERVICES)
def test_sandbox_leaves_tls_alone(name):
    """No unit forbids memory both written and executed: pyOpenSSL's callbacks, and so all https, need it."""
    assert "MemoryDenyWriteExecute" not in unit(name)["Service"]


@pytest.mark.parametrize("name", ["tidings.service", "tidings-worker.service"])
def test_daemons_answer_to_systemd(name):
    """They report when ready, are replaced when they hang or fail, and are never given up on."""
    sections = unit(name)
    expected = {"Type": "notify", "NotifyAccess": "main", "WatchdogSec": "30", "Restart": "on-failure"}
    assert expected.items() <= sections["Service"].items()
    assert sections["Unit"]["StartLimitIntervalSec"] == "0"


@pytest.mark.parametrize("name", SERVICES)
def test_systemd_waits_longer_than_we_do(name):
    """Workers that hang are killed by their pool, which reports it, before systemd kills the pool."""
    service = unit(name)["Service"]
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > longest_end(Configuration())


def test_reload_is_a_hangup():
    """``systemctl reload`` sends the signal at which the daemon reads its configuration again."""
    assert unit("tidings.service")["Service"]["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_already_running_is_no_failure():
    """A pass that found another one still running does not raise an alarm; a failed source does."""
    assert unit("tidings-once.service")["Service"]["SuccessExitStatus"] == "75"


@pytest.mark.parametrize("name", SERVICES)
def test_units_start_commands_that_exist(name):
    """What a unit starts is in the command line."""
    executable, command = unit(name)["Service"]["ExecStart"].split()
    assert executable == EXECUTABLE
    assert command in COMMANDS


@pytest.mark.parametrize("name", [*SERVICES, "tidings-once.timer"])
def test_systemd_accepts_the_units(systemd_analyze, name, tmp_path):
    """The machine's systemd finds no unknown directive and no value that it would ignore."""
    stand_in = tmp_path / "tidings"
    stand_in.touch(mode=0o755)
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")):
        text = path.read_text(encoding="utf-8").replace(EXECUTABLE, str(stand_in))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    done = run(systemd_analyze, "verify", "--man=no", str(tmp_path / name))
    complaints = [line for line in done.stderr.splitlines() if str(tmp_path) in line or name in line]
    assert not complaints


@pytest.mark.parametrize("name", SERVICES)
def test_exposure_is_low(systemd_analyze, name):
    """What a service could reach, as systemd measures it from 0 to 10, stays at or below 2."""
    done = run(systemd_analyze, "security", "--offline=true", "--threshold=20", "--no-pager", str(DEPLOY / name))
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_timer_fires_four_times_an_hour(systemd_analyze):
    """The timer's expression means what its comment says."""
    expression = unit("tidings-once.timer")["Timer"]["OnCalendar"]
    arguments = ("--iterations=5", "--base-time=2026-01-01 00:00:00 UTC", expression)
    done = run(systemd_analyze, "calendar", *arguments, env={"TZ": "UTC", "LC_ALL": "C"})
    minutes = re.findall(r"2026-01-01 \d\d:(\d\d):00 UTC", done.stdout)
    assert minutes == ["15", "30", "45", "00", "15"]


# cron


def cron_lines():
    lines = read("crontab.example").splitlines()
    return [line for line in lines if re.match(r"[\d*]", line)]


@pytest.mark.parametrize("line", cron_lines())
def test_cron_lines_can_run(line):
    """Each has a time that cron accepts, the account that owns the state, and a command that exists."""
    *fields, account, executable, command = line.split()[:8]
    assert parse_expression(" ".join(fields))
    assert (account, executable) == ("tidings", EXECUTABLE)
    assert command in COMMANDS


# Everything that sets our environment


@pytest.mark.parametrize("name", sorted(path.name for path in DEPLOY.iterdir() if path.is_file()))
def test_variables_are_settings(name):
    """No file here sets a variable that the program would refuse."""
    known = {"TIDINGS_CONFIG"} | {f"{variable}{suffix}" for variable in settings() for suffix in ("", "_FILE")}
    assert set(re.findall(r"\bTIDINGS_[A-Z_]+", read(name))) <= known


def test_readme_names_every_file():
    """Whoever opens the folder finds each file explained."""
    readme = read("README.md")
    assert [p.name for p in DEPLOY.iterdir() if p.is_file() and f"`{p.name}`" not in readme] == ["README.md"]


# Containers


def copied():
    """What the build takes from the project's folder."""
    lines = [line.split()[1:-1] for line in read("Containerfile").splitlines() if line.startswith("COPY ")]
    return [name for names in lines if not names[0].startswith("--from") for name in names]


def test_image_holds_the_whole_wheel():
    """Every package of the wheel, and every file that its build reads, is copied and exists."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    needed = {*packages, *project["project"]["license-files"], project["project"]["readme"]}
    assert set(copied()) == needed | {"pyproject.toml", "uv.lock"}
    assert all((PROJECT / name).exists() for name in copied())


def test_only_what_is_copied_reaches_the_builder():
    """The ignore file lets in what the Containerfile copies, and no local file or secret besides."""
    first, *rules = [line for line in read("Containerfile.dockerignore").splitlines() if line[0] != "#"]
    assert first == "*"
    assert [rule[1:] for rule in rules if rule.startswith("!")] == sorted(copied(), key=copied().index)
    assert any(fnmatch("crawler/__pycache__", rule) for rule in rules)


def test_image_is_without_root_or_compiler():
    """The last stage runs under a number of its own, ends on SIGTERM, and installs nothing."""
    last = read("Containerfile").split("\nFROM ")[-1]
    assert re.search(r"^USER [1-9]\d+:[1-9]\d+$", last, re.MULTILINE)
    assert "STOPSIGNAL SIGTERM" in last
    assert not re.search(r"apt-get|pip install|uv sync", last)


def test_image_passes_hadolint():
    """The linter of container files finds nothing."""
    if shutil.which("hadolint") is None:
        pytest.skip("hadolint is not installed")
    done = run("hadolint", str(DEPLOY / "Containerfile"))
    assert (done.returncode, done.stdout) == (0, "")


@pytest.fixture(scope="module")
def compose():
    """The services, as parsed."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    return yaml.safe_load(read("compose.yaml"))


def test_container_is_confined(compose):
    """The daemon's container can write to its state alone, has no privilege, and offers no port."""
    service = compose["services"]["tidings"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "ports" not in service
    assert [volume for volume in service["volumes"] if not volume.endswith(":ro")] == ["state:/var/lib/tidings"]


def test_container_asks_for_health_as_the_image_does(compose):
    """The two places that hold the health check hold the same one."""
    in_image = json.loads(re.search(r"CMD (\[.*urllib.*\])", read("Containerfile"))[1])
    assert compose["services"]["tidings"]["healthcheck"]["test"] == ["CMD", *in_image]


def test_secrets_are_files(compose):
    """No password stands in the file or in the environment; each one used is declared, each declared is used."""
    used = [name for service in compose["services"].values() for name in service["secrets"]]
    assert sorted(used) == sorted(compose["secrets"])
    for service in compose["services"].values():
        secret = {key: value for key, value in service["environment"].items() if re.search("PASSWORD|URL", key)}
        assert all(value.removeprefix("/run/secrets/") in service["secrets"] for value in secret.values())


def test_database_is_kept_to_itself(compose):
    """PostgreSQL is reached by the daemon alone, keeps its data in a volume, and is waited for."""
    postgres, tidings = compose["services"]["postgres"], compose["services"]["tidings"]
    assert "ports" not in postgres
    assert all(compose["networks"][name]["internal"] for name in postgres["networks"])
    # PostgreSQL 18's image declares its volume here: https://github.com/docker-library/postgres/pull/1259
    assert "database:/var/lib/postgresql" in postgres["volumes"]
    assert tidings["depends_on"]["postgres"]["condition"] == "service_healthy"


def test_compose_accepts_its_file():
    """Docker Compose itself can read the file."""
    if shutil.which("docker") is None or run("docker", "compose", "version").returncode:
        pytest.skip("Docker Compose is not installed")
    done = run("docker", "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet")
    assert done.returncode == 0, done.stderr


# Kubernetes


@pytest.fixture(scope="module")
def pods():
    """Name to the pod of each deployment, as parsed."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    deployments = list(yaml.safe_load_all(read("kubernetes.yaml")))
    assert {entry["kind"] for entry in deployments} == {"Deployment"}
    return {entry["metadata"]["name"]: entry["spec"]["template"]["spec"] for entry in deployments}


def test_pods_are_confined(pods):
    """No pod has root, privilege, a token of the cluster's, or a file of its image that it could change."""
    for pod in pods.values():
        (container,) = pod["containers"]
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert f"USER {pod['securityContext']['runAsUser']}:" in read("Containerfile")
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


def test_pods_differ_only_in_their_command(pods):
    """What one kind of pod learns, the other cannot miss; both commands exist."""
    shapes = []
    for pod in pods.values():
        (container,) = pod["containers"]
        assert container["args"][0] in COMMANDS
        passed_over = {"name", "args", "livenessProbe", "readinessProbe"}
        rest = {key: value for key, value in container.items() if key not in passed_over}
        shapes.append({**{key: value for key, value in pod.items() if key != "affinity"}, "containers": [rest]})
    assert shapes[0] == shapes[1]


def test_pods_mount_what_they_declare_and_secrets_as_files(pods):
    """Each volume is mounted, and the URL with the password comes from a file of the secret's."""
    for pod in pods.values():
        (container,) = pod["containers"]
        paths = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert sorted(paths) == sorted(volume["name"] for volume in pod["volumes"])
        environment = {entry["name"]: entry["value"] for entry in container["env"]}
        assert environment["TIDINGS_DATABASE_URL_FILE"].startswith(f"{paths['secret']}/")
        assert "TIDINGS_DATABASE_URL" not in environment


def test_pods_are_waited_for(pods):
    """Kubernetes waits longer than the workers are given to close their runs."""
    for pod in pods.values():
        assert pod["terminationGracePeriodSeconds"] > longest_end(Configuration())


def test_pods_are_asked_as_the_image_is(pods):
    """Alive is asked as in the image, ready at the endpoint beside it; neither from outside the pod."""
    (container,) = pods["tidings"]["containers"]
    in_image = json.loads(re.search(r"CMD (\[.*urllib.*\])", read("Containerfile"))[1])
    assert container["livenessProbe"]["exec"]["command"] == in_image
    ready = [word.replace("/healthz", "/readyz") for word in in_image]
    assert container["readinessProbe"]["exec"]["command"] == ready
    (worker,) = pods["tidings-worker"]["containers"]
    assert worker["livenessProbe"]["exec"]["command"] == in_image
