"""The metrics as declared, as documented, and as rules and dashboard name them."""

import json
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

import scheduler
from crawler.alarms import Kind
from crawler.metrics import ALARMS, METRICS, MOST_ALARMS_NAMED
from crawler.outcomes import Outcome, Reason

ROOT = Path(scheduler.__file__).parent.parent
RULES = ROOT / "deploy" / "prometheus-rules.yaml"
SUFFIXES = {"counter": ("_total",), "info": ("_info",), "histogram": ("_bucket", "_sum", "_count"), "gauge": ("",)}
LABELS_OF_PROMETHEUS = {"instance", "job"}
_SERIES = re.compile(r"\b((?:tidings|process)_[a-z_]+)(?:\{([^}]*)\})?")
_BY = re.compile(r"\b(?:by|without|on|ignoring) ?\(([^)]*)\)")


def samples():
    """The name of every time series that is served, with its labels."""
    return {
        f"{metric.name}{suffix}": {*metric.labels} | ({"le"} if suffix == "_bucket" else set())
        for metric in METRICS
        for suffix in SUFFIXES[metric.kind]
    }


def promtool(*arguments):
    """Run Prometheus's own checker."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not installed (Debian package prometheus)")
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def dashboard():
    return json.loads((ROOT / "deploy" / "grafana-dashboard.json").read_text(encoding="utf-8"))


def dashboard_expressions():
    """What its panels ask for, with Grafana's variables filled in."""
    found = [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", ())]
    return [expr.replace("$__rate_interval", "5m").replace("$instance", ".*") for expr in found]


def rules():
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def wrong_in(expr):
    """What an expression names that is not served."""
    served = samples()
    found = [(name, selectors or "") for name, selectors in _SERIES.findall(expr)]
    wrong = [name for name, _ in found if name not in served]
    known = LABELS_OF_PROMETHEUS | set().union(*(served.get(name, set()) for name, _ in found))
    named = {label for _, selectors in found for label in re.findall(r"(\w+) ?(?:=~|!~|!=|=)", selectors)}
    named |= {label.strip() for group in _BY.findall(expr) for label in group.split(",")}
    return wrong + sorted(named - known)


def test_the_documented_list_is_the_declared_one():
    """scheduler/metrics.md has each metric with its type, labels and meaning, in the same order, and no other."""
    text = (ROOT / "scheduler" / "metrics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `((?:tidings|process)_\w+)` \| (\w+) \| ([^|]*) \| ([^|]*) \|$", text, re.MULTILINE)
    assert rows == [
        (
            metric.name + SUFFIXES[metric.kind][0].removesuffix("_bucket"),
            metric.kind,
            ", ".join(f"`{label}`" for label in metric.labels) or "—",
            metric.help,
        )
        for metric in METRICS
    ]


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_names_are_as_openmetrics_has_them(metric):
    """A unit is a base unit and ends the name, a counter's name leaves _total to its samples, buckets ascend."""
    assert re.fullmatch(r"(tidings|process)_[a-z]+(_[a-z]+)*", metric.name)
    assert metric.unit in {"", "seconds", "bytes"}
    assert metric.name.endswith(metric.unit)
    assert not metric.name.endswith(("_total", "_info", "_count", "_sum", "_bucket", "_created"))
    assert (metric.kind == "histogram") == bool(metric.buckets)
    assert all(low < high for low, high in pairwise(metric.buckets))
    assert metric.help.endswith(".")


def test_the_number_of_series_is_bounded():
    """Whatever operators and sites write: by the enums, it stays below what the document says."""
    sizes = {"outcome": len(Outcome), "reason": len(Reason), "kind": 3, "process": 2, "state": 2, "version": 1}
    total = 0
    for metric in METRICS:
        if "source" in metric.labels:
            total += MOST_ALARMS_NAMED
            continue
        series = len(metric.buckets) + 3 if metric.kind == "histogram" else 1
        for label in metric.labels:
            series *= len(Kind) if metric is ALARMS else sizes[label]
        total += series
    text = (ROOT / "scheduler" / "metrics.md").read_text(encoding="utf-8")
    assert total <= int(re.search(r"^At most ([0-9]+) a process", text, re.MULTILINE)[1])


def test_rules_name_what_is_served():
    """Every expression of the rules names metrics that exist, with labels that they have."""
    assert [(rule, wrong) for rule in rules() if (wrong := wrong_in(rule["expr"]))] == []


def test_every_alert_says_what_to_do():
    """A summary, a description, a severity, and a name that nothing else has."""
    alerts = [rule for rule in rules() if "alert" in rule]
    assert len({rule["alert"] for rule in alerts}) == len(alerts)
    for rule in alerts:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert set(rule["annotations"]) == {"summary", "description"}


def test_every_alert_has_a_case_in_which_it_fires():
    """The tests for promtool expect each of them at least once, and none of them where all is well."""
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    text = (ROOT / "tests" / "support" / "prometheus_rules.yaml").read_text(encoding="utf-8")
    well, *others = yaml.safe_load(text)["tests"]
    names = {rule["alert"] for rule in rules() if "alert" in rule}
    assert {case["alertname"] for case in well["alert_rule_test"] if not case.get("exp_alerts")} == names
    cases = [case for test in others for case in test.get("alert_rule_test", ())]
    assert {case["alertname"] for case in cases if case.get("exp_alerts")} == names


def test_rules_hold_before_prometheus():
    """Prometheus reads the rules and the scrape configuration, and the rules fire when they should."""
    promtool("check", "rules", RULES)
    promtool("check", "config", ROOT / "deploy" / "prometheus.yaml")
    promtool("test", "rules", ROOT / "tests" / "support" / "prometheus_rules.yaml")


def test_the_dashboard_names_what_is_served():
    """Every expression of its panels names metrics that exist, with labels that they have."""
    assert [(expr, wrong) for expr in dashboard_expressions() if (wrong := wrong_in(expr))] == []


def test_prometheus_can_read_the_dashboards_expressions(tmp_path):
    """Each of them, as a rule of its own."""
    recorded = [{"record": f"panel:n{n}", "expr": expr} for n, expr in enumerate(dashboard_expressions())]
    file = tmp_path / "rules.yaml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": recorded}]}), encoding="utf-8")
    promtool("check", "rules", file)


def test_the_dashboard_is_laid_out():
    """Panels have numbers of their own, lie within its 24 columns, and overlap nowhere; no address is built in."""
    panels = dashboard()["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells
    assert "http" not in json.dumps(panels)
    assert {panel["datasource"]["uid"] for panel in panels if "datasource" in panel} == {"${datasource}"}


def test_every_metric_of_ours_is_on_the_dashboard():
    """What is worth counting is worth a look, but for what the tables of Prometheus show as well."""
    named = {name for expr in dashboard_expressions() for name, _ in _SERIES.findall(expr)}
    shown = {
        metric.name for metric in METRICS if any(f"{metric.name}{end}" in named for end in SUFFIXES[metric.kind])
    }
    left_out = {"tidings_pages_discarded", "tidings_spool_pages", "tidings_dispatch_timestamp_seconds"}
    left_out |= {metric.name for metric in METRICS if metric.origin == "process"}
    assert {metric.name for metric in METRICS} - shown <= left_out
