"""/metrics as Prometheus reads it, and the alerts that stand on it."""

import os
import re
import shutil
import subprocess

import pytest

from harness.accounts import refresh, tokens_of
from harness.binary import REPOSITORY
from harness.deadline import until

TOKEN = "a-token-for-those-who-read-metrics"
needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="promtool is not installed")


def value(text, series):
    found = re.search(rf"^{re.escape(series)} (\S+)$", text, re.M)
    return float(found[1]) if found else None


def test_a_scrape_tells_of_requests_rotations_commits_queues_tables_and_the_process(server):
    tokens = tokens_of(server, "ada@example.com")
    assert refresh(server, tokens["refresh_token"]).status_code == 200
    assert server.get("/no/such/path").status_code == 404

    def sampled():
        text = server.get("/metrics").text
        return text if value(text, 'latchkey_table_rows{table="grants"}') == 1 else None

    text = server.get("/metrics").text
    assert value(text, "latchkey_rotations_total") == 1
    refreshes = '{method="POST",route="/api/v1/auth/refresh"'
    assert value(text, f'latchkey_http_requests_total{refreshes},status="200"}}') == 1
    assert value(text, f"latchkey_http_request_duration_seconds_count{refreshes}}}") == 1
    assert value(text, 'latchkey_http_requests_total{method="any",route="unmatched",status="404"}') == 1
    assert value(text, "latchkey_database_commit_seconds_count") >= 3
    assert value(text, "latchkey_database_commit_writes_sum") >= 3
    assert value(text, "latchkey_database_waiting") == 0
    assert 10e6 < value(text, "process_resident_memory_bytes") < 2e9
    assert value(text, "process_cpu_seconds_total") > 0
    assert value(text, "process_open_fds") > 5
    assert re.search(r'^latchkey_build_info\{version="[^"]+"\} 1$', text, re.M)
    assert "/no/such" not in text


@needs_promtool
def test_promtool_reads_it_and_finds_nothing_to_complain_of(server):
    tokens = tokens_of(server, "ada@example.com")
    refresh(server, tokens["refresh_token"])
    text = server.get("/metrics").text
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_the_alerts_are_rules_of_prometheus():
    rules = REPOSITORY / "docs/deploy/alerts.yml"
    done = subprocess.run(["promtool", "check", "rules", rules], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr


def test_with_a_token_only_who_shows_it_may_read(new_server):
    server = new_server("--dev", settings={"metrics_token": TOKEN}).start()
    refused = server.get("/metrics")
    assert refused.status_code == 401
    assert "latchkey_" not in refused.text
    assert server.get("/metrics", headers={"Authorization": f"Bearer {TOKEN[:-1]}"}).status_code == 401
    assert "latchkey_rotations_total 0" in server.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text


def test_a_token_that_could_be_guessed_stops_the_start_and_is_not_repeated(new_server):
    server = new_server("--dev", settings={"metrics_token": "short-canary"})
    server.launch()
    assert server.wait() == 2
    assert "LATCHKEY_METRICS_TOKEN must be at least 32" in server.log
    assert "short-canary" not in server.log


def test_systemd_takes_the_unit(tmp_path):
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd is not installed")
    unit = (REPOSITORY / "docs/deploy/latchkey.service").read_text().replace("/usr/local/bin/latchkey", "/bin/true")
    (tmp_path / "latchkey.service").write_text(unit)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "latchkey.service"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"},
    )
    assert "latchkey.service" not in done.stderr, done.stderr
