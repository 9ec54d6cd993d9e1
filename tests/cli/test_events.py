"""event receive, replay and relay: the way of a pointer."""

import json
import os

from harness import CliTest
from servers import FakeServer

TEMPLATE = "{company}/{entity}/{event}/{timestamp}.json"
DEAD = "http://127.0.0.1:9/nobody-listens"


class Events(CliTest):
    def setUp(self):
        super().setUp()
        self.bucket = self.make_bucket()
        self.at = f"s3://{self.bucket}"

    def receive(self, *words, **options):
        return self.run_program("event", "receive", "--template", TEMPLATE, *words, **options)

    def lines(self, count=9):
        kinds = ["OrderPlaced", "OrderPaid", "OrderShipped"]
        return [json.dumps({"company": "acme", "type": kinds[n % 3], "at": f"2026-01-01T00:{n // 60:02}:{n % 60:02}Z", "n": n}) for n in range(count)]

    def receive_lines(self, lines, *words, **options):
        return self.receive("--ndjson", "--field", "entity=order", "--field-from", "company=/company", "--field-from", "event=/type",
                            "--field-from", "timestamp=/at", *words, self.at, "-", input="\n".join(lines) + "\n", **options)

    def test_a_payload_is_stored_under_its_fields_and_its_pointer_printed_and_emitted(self):
        self.write("p.json", '{"total": 3}')
        result = self.receive("--field", "company=acme", "--field", "entity=order", "--field", "event=Placed", "--field",
                              "timestamp=2026-01-02T03:04:05Z", "--emit", "file:out.ndjson", self.at, "p.json")
        [pointer] = result.objects
        self.assertEqual("acme/order/Placed/2026-01-02T03:04:05Z.json", pointer["key"])
        self.assertEqual(("acme", "Placed", self.bucket, 12, "application/json"),
                         tuple(pointer[name] for name in ("company", "event", "bucket", "size", "contentType")))
        self.assertEqual(result.stdout, self.read("out.ndjson"))
        self.assertEqual(b'{"total": 3}', self.run_program("cat", f"{self.at}/{pointer['key']}").stdout)
        self.assertEqual([pointer["key"]], self.keys(self.bucket))

    def test_a_pointer_for_standard_output_is_printed_once(self):
        result = self.receive("--field", "company=a", "--field", "entity=b", "--field", "event=c", "--emit", "stdout:", self.at, "-", input="{}")
        self.assertEqual(1, len(result.objects))

    def test_the_same_id_is_stored_once(self):
        words = ["--field", "company=a", "--field", "entity=b", "--field", "event=c", "--field", "timestamp=2026-01-01T00:00:00Z", "--emit",
                 "file:out", self.at, "-"]
        first = self.receive("--id", "id-1", *words, input="{}").objects
        again = self.receive("--id", "id-1", *words, input="{}").objects
        other = self.receive("--id", "id-2", *words, input="{}").objects
        self.assertEqual(first[0]["key"], again[0]["key"])
        self.assertEqual(first[0]["event_id"], again[0]["event_id"])
        self.assertNotEqual(first[0]["key"], other[0]["key"])
        self.assertEqual(2, len(self.keys(self.bucket)))

    def test_ndjson_stores_every_line_as_it_is(self):
        lines = self.lines()
        pointers = self.receive_lines(lines, "--emit", "file:out").objects
        self.assertEqual(9, len(pointers))
        self.assertEqual(9, len(self.read("out").splitlines()))
        for line, pointer in zip(lines, pointers):
            self.assertEqual(line.encode(), self.run_program("cat", f"{self.at}/{pointer['key']}").stdout)

    def test_a_bad_line_is_named_and_the_rest_goes_on(self):
        lines = self.lines(4)
        lines[1] = "{broken"
        lines[2] = '{"company":"acme","type":{"nested":1},"at":"2026-01-01T00:00:00Z"}'
        lines.insert(3, "")
        result = self.receive_lines(lines, "--emit", "file:out", code=2)
        self.assertEqual(2, len(result.objects))
        self.assertIn("line 2: not JSON", result.stderr)
        self.assertIn("line 3: field event", result.stderr)
        self.assertIn("2 of 4 failed", result.stderr)
        self.assertEqual(2, len(self.keys(self.bucket)))

    def test_numbers_become_fields_exactly(self):
        self.run_program("event", "receive", "--template", "n/{n}", "--field-from", "n=/a~1b/0", "--emit", "file:out", self.at, "-",
                         input='{"a/b": [12345678901234567890.10]}')
        self.assertEqual(["n/12345678901234567890.10"], self.keys(self.bucket))

    def test_a_dead_emitter_leaves_the_pointer_pending_and_the_relay_emits_it(self):
        result = self.receive_lines(self.lines(3), "--emit", DEAD, "--max-attempts", "1")
        self.assertEqual(3, len(result.objects))
        self.assertIn("3 pointers are pending", result.stderr)
        self.assertRegex(result.stderr, "event relay --once --template '[^']+' --emit URL s3://")
        refused = self.run_program("event", "relay", "--once", "--max-attempts", "1", "--emit", DEAD, self.at, code=6)
        self.assertIn("3 still pending", refused.stderr)
        relayed = self.run_program("event", "relay", "--once", "--emit", "stdout:", self.at)
        self.assertEqual(result.objects, sorted(relayed.objects, key=lambda p: result.objects.index(p)))
        again = self.run_program("event", "relay", "--once", "--json", "--emit", "stdout:", self.at)
        self.assertEqual(b"", again.stdout)
        self.assertEqual({"emitted": 0, "dropped": 0, "waiting": 0, "failed": 0, "malformed": 0}, json.loads(again.stderr)["report"])

    def test_a_relay_that_knows_the_template_emits_what_receive_would_have(self):
        received = self.receive_lines(self.lines(3), "--emit", DEAD, "--max-attempts", "1").objects
        relayed = self.run_program("event", "relay", "--once", "--template", TEMPLATE, "--emit", "stdout:", self.at).objects
        self.assertEqual(received, sorted(relayed, key=lambda p: received.index(p)))
        self.run_program("event", "relay", "--once", "--template", "{", "--emit", "stdout:", self.at, code=2)

    def test_a_webhook_gets_every_pointer_with_its_id(self):
        with FakeServer() as server:
            pointers = self.receive_lines(self.lines(3), "--emit", server.url + "/hook").objects
            posts = [request for request in server.requests if request.method == "POST"]
            self.assertEqual([p["event_id"] for p in pointers], [post.headers["idempotency-key"] for post in posts])
            self.assertEqual(pointers, [json.loads(post.body) for post in posts])

    def test_replay_emits_a_prefix_again_in_order(self):
        received = self.receive_lines(self.lines(9), "--emit", "file:first").objects
        result = self.run_program("event", "replay", "--template", TEMPLATE, "--emit", "stdout:", f"{self.at}/acme/order/OrderPaid/")
        expected = sorted((p for p in received if p["event"] == "OrderPaid"), key=lambda p: p["key"])
        self.assertEqual(expected, result.objects)
        self.assertIn("emitted 3", result.stderr)

    def test_replay_filters_limits_and_goes_on(self):
        self.receive_lines(self.lines(9), "--emit", "file:first")
        dry = self.run_program("event", "replay", "--dry-run", "--json", "--template", TEMPLATE, "--where", "event=OrderPlaced", self.at)
        self.assertEqual({"OrderPlaced"}, {p["event"] for p in dry.objects})
        self.assertEqual(3, json.loads(dry.stderr)["report"]["emitted"])
        limited = self.run_program("event", "replay", "--json", "--limit", "2", "--emit", "stdout:", self.at + "/acme/")
        last = json.loads(limited.stderr)["report"]["lastKey"]
        self.assertEqual(last, limited.objects[-1]["key"])
        rest = self.run_program("event", "replay", "--start-after", last, "--emit", "stdout:", self.at + "/acme/")
        self.assertEqual(9, len(limited.objects) + len(rest.objects))
        until = self.run_program("event", "replay", "--until", last, "--emit", "stdout:", self.at + "/acme/")
        self.assertEqual(1, len(until.objects))

    def test_a_replay_into_nothing_says_where_to_go_on(self):
        self.receive_lines(self.lines(3), "--emit", "file:first")
        self.run_program("event", "replay", "--max-attempts", "1", "--emit", DEAD, self.at + "/acme/", code=6)

    def test_what_is_missing_is_said(self):
        cases = [
            (["event", "relay", "--emit", "stdout:", self.at], "--once"),
            (["event", "relay", "--once", self.at], "--emit"),
            (["event", "replay", self.at], "--emit"),
            (["event", "replay", "--where", "a=b", "--emit", "stdout:", self.at], "--template"),
            (["event", "receive", "--emit", "stdout:", self.at, "-"], "--template"),
            (["event", "receive", "--template", "x/{a}", self.at, "-"], "--emit"),
            (["event", "receive", "--template", "x/{a}", "--emit", "stdout:", self.at, "-"], "a"),
            (["event", "receive", "--template", "x/{a", "--emit", "stdout:", self.at, "-"], "--template"),
            (["event", "receive", "--template", "x/{a}", "--field-from", "a=b", "--emit", "stdout:", self.at, "-"], "JSON Pointer"),
            (["event", "replay", "--emit", "smoke:signals", self.at], "--emit"),
        ]
        for words, expected in cases:
            with self.subTest(words=words):
                self.assertIn(expected, self.run_program(*words, input="{}", code=2).stderr)
        self.run_program("event", "receive", "--template", "x/{a}", "--field", "a=1", "--emit", "stdout:", self.at, "no-such-file", code=3)
        self.assertEqual([], self.keys(self.bucket))
        self.assertEqual([], os.listdir(self.work))
