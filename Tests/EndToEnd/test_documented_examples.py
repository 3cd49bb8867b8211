"""The examples of the four documents that the example APIs were made after, as they stand there: but for the host, the
token and the ids, which everybody has to fill in."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest

from harness.binary import environment
from harness.deadline import until
from harness.kept_demo import KeptDemo

# What the documents write for their hosts and tokens.
HOSTS = {
    "crewkeel": "https://crewkeel.com",
    "calkeep": "https://calkeep.com",
    "autochat": "https://your-instance.supabase.co",
    "craftdesk": "https://api.craftdesk.app",
}
TOKENS = {"crewkeel": "ck_live_...", "calkeep": "<token>", "autochat": "YOUR_API_KEY", "craftdesk": "your_api_key_here"}

CREWKEEL_ME = r"""
curl https://crewkeel.com/api/v1/me \
  -H "Authorization: Bearer ck_live_..."
"""
CALKEEP_CONTACTS = r"""
curl https://calkeep.com/api/v1/contacts \
-H "Authorization: Bearer <token>" \
-H "Content-Type: application/json"
"""
AUTOCHAT_CLIENTS = r"""
curl -X GET \
  'https://your-instance.supabase.co/functions/v1/crm-api/v1/clients' \
  -H 'Authorization: Bearer YOUR_API_KEY'
"""
AUTOCHAT_PRODUCTS = r"""
curl -X GET \
  'https://your-instance.supabase.co/functions/v1/crm-api/v1/products?type=service' \
  -H 'Authorization: Bearer YOUR_API_KEY'
"""
AUTOCHAT_INVOICE = r"""
curl -X POST \
  'https://your-instance.supabase.co/functions/v1/crm-api/v1/invoices' \
  -H 'Authorization: Bearer YOUR_API_KEY' \
  -H 'Content-Type: application/json' \
  -d '{
    "client_id": "uuid",
    "due_date": "2024-12-31",
    "line_items": [
      {
        "description": "Service",
        "quantity": 1,
        "rate": 100.00
      }
    ]
  }'
"""
CRAFTDESK_PROJECTS = r"""
curl https://api.craftdesk.app/v1/projects \
-H "Authorization: Bearer your_api_key_here" \
-H "Content-Type: application/json"
"""
CRAFTDESK_PYTHON = """
import requests
headers = {
    "Authorization": "Bearer your_api_key_here",
    "Content-Type": "application/json"
}
response = requests.get(
    "https://api.craftdesk.app/v1/projects",
    headers=headers
)
projects = response.json()
"""
CRAFTDESK_JAVASCRIPT = """
const apiKey = "your_api_key_here";
fetch("https://api.craftdesk.app/v1/projects", {
  method: "GET",
  headers: {
    "Authorization": `Bearer ${apiKey}`,
    "Content-Type": "application/json"
  }
})
.then(response => response.json())
.then(data => console.log(data))
.catch(error => console.error(error));
"""
CRAFTDESK_FILE = """
# .env
CRAFTDESK_API_KEY=your_api_key_here
"""
CRAFTDESK_FROM_FILE = """
import os
api_key = os.getenv("CRAFTDESK_API_KEY")
"""

ISO_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    demo = KeptDemo(tmp_path_factory.mktemp("demo"))
    yield demo
    assert demo.end() == 130, demo.output


@pytest.fixture(scope="module")
def token(demo):
    """One that may do all. Limits count by token, so what exhausts one makes its own."""
    return demo.make_token()["token"]


def adapted(demo, name, text, token, **others):
    """An example with the host, the token and whatever else is to be filled in."""
    assert HOSTS[name] in text or TOKENS[name] in text
    text = text.replace(HOSTS[name], demo.host(name)).replace(TOKENS[name], token)
    for placeholder, value in others.items():
        assert f'"{placeholder}"' in text
        text = text.replace(f'"{placeholder}"', f'"{value}"')
    return text


def run(demo, program, *arguments):
    """What a program prints, which must end well."""
    if not shutil.which(program) and os.environ.get("END_TO_END") != "always":
        pytest.skip(f"{program} is not installed: .ci/needs languages")
    done = subprocess.run(
        [program, *arguments], env=environment(demo.home), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def curl(demo, name, text, token, **others):
    run(demo, "curl", "--version")
    return json.loads(run(demo, "bash", "-euc", adapted(demo, name, text, token, **others)))


def call_until_refused(demo, name, path, token):
    """A hundred calls are answered, and those that the time they take has earned anew; then one is refused."""
    began, answers = time.monotonic(), []
    while not answers or answers[-1].status_code == 200:
        answers.append(demo.call(name, "GET", path, token))
    assert answers[-1].status_code == 429, answers[-1].text
    assert 100 <= len(answers) - 1 <= 101 + (time.monotonic() - began) * 100 / 60
    return answers


# CrewKeel


def test_crewkeel_tells_the_contractor_and_the_granted_scopes(demo, token):
    told = curl(demo, "crewkeel", CREWKEEL_ME, token)
    assert told["contractor"]["id"].startswith("org_")
    granted = {"jobs", "documents", "customers"}
    assert {scope.split(":")[0] for scope in told["scopes"]} == granted and len(told["scopes"]) == 7
    scopes = demo.call("crewkeel", "GET", "/scopes", token).json()
    assert scopes["granted"] == told["scopes"]
    assert {"scope": "jobs:read", "description": "List and read jobs."} in scopes["catalog"]


def test_crewkeel_names_the_missing_scope_as_its_document_does(demo):
    answer = demo.call("crewkeel", "POST", "/jobs", demo.tokens["READ_ONLY"], json={"title": "Mend the fence"})
    assert answer.status_code == 403
    assert answer.json() == {
        "error": {"code": "forbidden_scope", "message": "This token is missing the required scope: jobs:write."}
    }


def test_crewkeel_goes_from_a_job_to_an_invoice(demo, token):
    def call(method, path, status, body=None):
        answer = demo.call("crewkeel", method, path, token, json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    customer = call("POST", "/customers", 201, {"display_name": "Zoë Ångström"})
    assert customer["id"] in [entry["id"] for entry in call("GET", "/customers", 200)["customers"]]
    items = [{"description": "Boards", "quantity": 12, "unit_price_cents": 1250}]
    job = call("POST", "/jobs", 201, {"title": "Fence", "customer_id": customer["id"], "line_items": items})
    # The newest first, and by either of its names.
    assert call("GET", "/jobs", 200)["jobs"][0]["id"] == job["id"]
    assert call("GET", f"/jobs/{job['reference']}", 200)["line_items"] == job["line_items"]
    assert call("PATCH", f"/jobs/{job['id']}", 200, {"status": "completed"})["status"] == "completed"
    for kind in ("estimates", "invoices"):
        draft = call("POST", f"/{kind}", 201, {"job": job["reference"]})
        assert (draft["status"], draft["total_cents"], draft["pdf"]) == ("draft", 15_000, None)
        sent = call("POST", f"/{kind}", 201, {"job": job["reference"], "send": True})
        assert call("GET", f"/{kind}/{sent['id']}", 200) == sent
        assert demo.call("crewkeel", "GET", sent["pdf"], token).content.startswith(b"%PDF-")
        listed = [entry["id"] for entry in call("GET", f"/{kind}", 200)[kind]]
        assert listed.index(sent["id"]) < listed.index(draft["id"])
    missing = call("POST", "/jobs", 400, {})
    assert "title" in missing["error"]["message"]


def test_crewkeel_limits_each_token_to_a_hundred_requests_a_minute(demo, token):
    busy = demo.make_token()["token"]
    *_, refused = call_until_refused(demo, "crewkeel", "/me", busy)
    assert refused.json()["error"]["code"] == "rate_limited" and int(refused.headers["Retry-After"]) > 0
    assert demo.call("crewkeel", "GET", "/me", token).status_code == 200


# CalKeep


def test_calkeep_lists_contacts_in_its_envelope(demo, token):
    told = curl(demo, "calkeep", CALKEEP_CONTACTS, token)
    assert told["success"] is True and told["meta"]["apiVersion"] == "v1"
    assert re.fullmatch(r"req_\S+", told["meta"]["requestId"])
    assert told["data"]["contacts"][0]["id"] and re.fullmatch(ISO_TIME, told["data"]["contacts"][0]["createdAt"])
    pagination = told["data"]["pagination"]
    assert (pagination["page"], pagination["limit"]) == (1, 50)
    assert pagination["total"] >= len(told["data"]["contacts"])


def test_calkeep_turns_pages_as_its_document_does(demo, token):
    for number in range(3):
        made = demo.call("calkeep", "POST", "/contacts", token, json={"name": f"Contact {number}"})
        assert made.status_code == 201, made.text
    first = demo.call("calkeep", "GET", "/contacts?page=1&limit=50", token).json()["data"]
    assert first["pagination"] == {"page": 1, "limit": 50, "total": len(first["contacts"])}
    assert first["contacts"][0]["name"] == "Contact 2"
    pages = [
        demo.call("calkeep", "GET", f"/contacts?page={page}&limit=2", token).json()["data"]["contacts"]
        for page in range(1, len(first["contacts"]) // 2 + 2)
    ]
    assert sum(pages, []) == first["contacts"]
    assert demo.call("calkeep", "GET", "/contacts?limit=200", token).status_code == 200
    assert demo.call("calkeep", "GET", "/contacts?limit=201", token).status_code == 400


def test_calkeep_threads_request_ids(demo, token):
    answer = demo.call("calkeep", "GET", "/workspace", token, headers={"X-Request-Id": "zapier-17"})
    assert answer.headers["X-CalKeep-Request-Id"] == answer.json()["meta"]["requestId"] == "zapier-17"
    answer = demo.call("calkeep", "GET", "/workspace", token)
    assert answer.headers["X-CalKeep-Request-Id"] == answer.json()["meta"]["requestId"]
    refused = demo.call("calkeep", "GET", "/workspace", "lk_live_wrong", headers={"X-Request-Id": "zapier-18"})
    assert refused.status_code == 401
    told = refused.json()
    assert (told["success"], told["error"]["code"]) == (False, "invalid_token")
    assert told["error"]["requestId"] == refused.headers["X-CalKeep-Request-Id"] == "zapier-18"
    assert set(told["error"]) == {"code", "message", "requestId"}


def test_calkeep_asks_for_the_scope_of_each_route(demo, token):
    scopes = {
        ("GET", "/workspace"): "workspace:read",
        ("GET", "/contacts"): "contacts:read",
        ("POST", "/contacts"): "contacts:write",
        ("PATCH", "/contacts/con_1"): "contacts:write",
        ("GET", "/bookings"): "bookings:read",
        ("GET", "/tasks"): "tasks:read",
        ("POST", "/tasks"): "tasks:write",
        ("GET", "/reminders"): "reminders:read",
        ("POST", "/reminders"): "reminders:write",
    }
    without = demo.make_token(access="custom", scopes=["calendar_health:read"])["token"]
    for (method, path), scope in scopes.items():
        body = None if method == "GET" else {}
        refused = demo.call("calkeep", method, path, without, json=body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "forbidden_scope"), path
        assert scope in refused.json()["error"]["message"]
        # With the scope it is looked at: an empty body is not enough, and there is no such contact.
        answer = demo.call("calkeep", method, path, token, json=body)
        assert answer.status_code == (200 if body is None else 400), answer.text


# autoch.at


def test_autochat_lists_clients(demo, token):
    clients = curl(demo, "autochat", AUTOCHAT_CLIENTS, token)["data"]
    assert {"id", "name"} <= set(clients[0])


def test_autochat_lists_services_and_no_other_products(demo, token):
    everything = demo.call("autochat", "GET", "/products", token).json()["data"]
    services = curl(demo, "autochat", AUTOCHAT_PRODUCTS, token)["data"]
    assert {product["type"] for product in everything} == {"product", "service"}
    assert services == [product for product in everything if product["type"] == "service"] != []


def test_autochat_creates_the_invoice_of_its_document(demo, token):
    client = curl(demo, "autochat", AUTOCHAT_CLIENTS, token)["data"][0]["id"]
    invoice = curl(demo, "autochat", AUTOCHAT_INVOICE, token, uuid=client)["data"]
    assert (invoice["client_id"], invoice["due_date"]) == (client, "2024-12-31")
    assert invoice["total"] == 100
    (line,) = invoice["line_items"]
    assert (line["description"], line["quantity"], line["rate"]) == ("Service", 1, 100)
    assert demo.call("autochat", "GET", f"/invoices/{invoice['id']}", token).json()["data"] == invoice


def test_autochat_tells_its_limit_and_keeps_to_it(demo):
    busy = demo.make_token()["token"]
    first, *_, refused = call_until_refused(demo, "autochat", "/projects", busy)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("100", "99")
    assert int(first.headers["X-RateLimit-Reset"]) > 1_640_995_200
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert refused.json()["error"]["code"] == "RATE_LIMITED"


def test_autochat_refuses_in_its_envelope_and_with_its_statuses(demo, token):
    order = {"name": "Northwind"}
    for status, answer in {
        400: demo.call("autochat", "POST", "/clients", token, json={}),
        401: demo.call("autochat", "GET", "/clients", "wrong"),
        403: demo.call("autochat", "POST", "/clients", demo.tokens["READ_ONLY"], json=order),
        404: demo.call("autochat", "GET", "/clients/cli_none", token),
    }.items():
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        assert set(error) == {"message", "code"} and re.fullmatch(r"[A-Z_]+", error["code"])


def test_autochat_creates_once_for_one_idempotency_key(demo, token):
    def create(name):
        return demo.call("autochat", "POST", "/clients", token, json={"name": name}, headers={"Idempotency-Key": "k-1"})

    first, again, other = create("Once"), create("Once"), create("Twice")
    assert first.status_code == again.status_code == 201 and first.json() == again.json()
    assert other.status_code == 400
    names = [client["name"] for client in demo.call("autochat", "GET", "/clients", token).json()["data"]]
    assert names.count("Once") == 1 and "Twice" not in names


# CraftDesk


def test_craftdesk_lists_projects_by_curl(demo, token):
    projects = curl(demo, "craftdesk", CRAFTDESK_PROJECTS, token)
    assert {"id", "name"} <= set(projects[0])


def test_craftdesk_lists_projects_in_python(demo, token):
    program = adapted(demo, "craftdesk", CRAFTDESK_PYTHON, token) + "\nimport json; print(json.dumps(projects))"
    projects = demo.call("craftdesk", "GET", "/projects", token).json()
    assert json.loads(run(demo, sys.executable, "-c", program)) == projects != []


def test_craftdesk_lists_projects_in_javascript(demo, token):
    printed = run(demo, "node", "-e", adapted(demo, "craftdesk", CRAFTDESK_JAVASCRIPT, token))
    projects = demo.call("craftdesk", "GET", "/projects", token).json()
    assert [project["id"] in printed and project["name"] in printed for project in projects] == [True] * len(projects)
    assert len(projects) >= 2


def test_craftdesk_keys_come_from_a_file_of_the_environment(demo, token):
    (demo.home / ".env").write_text(adapted(demo, "craftdesk", CRAFTDESK_FILE, token))
    (demo.home / "key.py").write_text(CRAFTDESK_FROM_FILE + "print(api_key)")
    assert run(demo, "bash", "-euc", f"cd '{demo.home}'; set -a; . ./.env; '{sys.executable}' key.py").strip() == token


def test_craftdesk_keys_are_full_read_only_or_of_one_project(demo, token):
    def status(method, path, key, **body):
        return demo.call("craftdesk", method, path, key, json=body or None).status_code

    made = [demo.call("craftdesk", "POST", "/projects", token, json={"name": name}) for name in ("One", "Other")]
    one, other = (answer.json()["id"] for answer in made)
    reader = demo.tokens["READ_ONLY"]
    assert status("GET", f"/projects/{one}", reader) == 200
    assert status("POST", "/projects", reader, name="Three") == 403
    assert status("PATCH", f"/projects/{one}", reader, name="Three") == 403
    assert status("DELETE", f"/projects/{one}", reader) == 403
    terms = {"access": "custom", "resources": {"projects": [one]}}
    confined = demo.make_token(scopes=["projects:read", "project_tasks:read", "project_tasks:write"], **terms)["token"]
    listed = demo.call("craftdesk", "GET", "/projects", confined).json()
    assert [project["id"] for project in listed] == [one]
    assert status("POST", f"/projects/{one}/tasks", confined, title="Allowed") == 201
    assert status("POST", f"/projects/{other}/tasks", confined, title="Not allowed") == 403
    # No access to team member data.
    assert status("GET", "/team", confined) == 403 and status("GET", "/team", token) == 200


def test_craftdesk_keys_are_rotated_without_a_gap_and_revoked_at_once(demo):
    def status(key):
        return demo.call("craftdesk", "GET", "/projects", key["token"]).status_code

    old, new = demo.make_token(), demo.make_token()
    assert status(old) == status(new) == 200
    demo.revoke_token(old["id"])
    until(lambda: status(old) == 401, "the old key to be refused", patience=2)
    assert status(new) == 200


def test_craftdesk_tells_how_many_calls_each_key_has_made(demo):
    key = demo.make_token()
    for _ in range(3):
        assert demo.call("craftdesk", "GET", "/projects", key["token"]).status_code == 200
    told = demo.call("craftdesk", "GET", "/usage?limit=200", key["token"]).json()
    assert {entry["key"]: entry["calls"] for entry in told["keys"]}[key["id"]] == 3
    assert told["calls"] == sum(entry["calls"] for entry in told["keys"])


@pytest.mark.parametrize("name", HOSTS)
def test_every_api_says_how_to_come_by_a_token(demo, name):
    answer = demo.http.get(demo.urls[name] + "/", timeout=30)
    assert answer.status_code in (401, 404)
    listing = {"crewkeel": "/jobs", "calkeep": "/contacts", "autochat": "/clients", "craftdesk": "/projects"}[name]
    refused = demo.http.get(demo.urls[name] + listing, timeout=30)
    metadata = re.search(r'resource_metadata="([^"]+)"', refused.headers["WWW-Authenticate"])
    assert refused.status_code == 401 and metadata, refused.headers
    assert f"https://api.{name}.example" in metadata[1]
