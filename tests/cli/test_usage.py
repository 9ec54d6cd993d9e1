"""The command line itself: flags, help, completions, exit code 2."""

import re
import shutil
import subprocess

from harness import PROGRAM, CliTest

COMMANDS = ["put", "get", "cat", "ls", "stat", "cp", "mv", "sync", "du", "rm", "mb", "rb", "presign", "uploads ls", "uploads abort", "uploads resume", "event receive", "event replay", "event relay", "run", "bench put", "bench get", "bench list", "bench mixed", "completion", "help"]


class Usage(CliTest):
    def test_usage_errors_name_the_flag_and_the_value(self):
        cases = [
            (["ls", "--colour", "never"], "unknown flag --colour (did you mean --color?)"),
            (["ls", "--color", "blue"], "--color: 'blue' is not one of auto|always|never"),
            (["ls", "--limit", "x", "s3://b"], "--limit: 'x' is not"),
            (["ls", "--limit"], "--limit needs a value"),
            (["ls", "--limit="], "--limit: ''"),
            (["ls", "--json=yes"], "--json takes no value"),
            (["ls", "-z"], "unknown flag -z"),
            (["ls", "--timeout", "5", "s3://b"], "--timeout: '5' is not a duration"),
            (["ls", "--max-attempts", "0"], "--max-attempts: '0'"),
            (["ls", "--max-attempts", "101"], "from 1 to 100"),
            (["ls", "local/path"], "'local/path' is not an address like s3://bucket/key"),
            (["get", "--range", "9-3", "s3://bbb/k"], "--range: '9-3'"),
            (["get", "s3://bbb"], "names a bucket and no object"),
            (["get", "s3://bbb/k", "s3://bbb/l"], "not a local file"),
            (["get"], "too few operands"),
            (["get", "s3://bbb/k", "a", "b"], "unexpected operand 'b'"),
            (["put", "--sse", "rot13", "f", "s3://bbb/k"], "--sse: 'rot13'"),
            (["put", "--meta", "novalue", "f", "s3://bbb/k"], "--meta: 'novalue'"),
            (["put", "--meta", "a=1", "--meta", "a=1", "f", "s3://bbb/k"], "--meta: 'a' is given twice"),
            (["put", "--meta", "owner=1", "--meta", "Owner=2", "f", "s3://bbb/k"], "--meta: 'owner' is given twice"),
            (["cp", "--meta", "a=1", "--meta", "a=2", "s3://bbb/k", "s3://bbb/l"], "--meta: 'a' is given twice"),
            (["put", "--tag", "team=red", "--tag", "team=red", "f", "s3://bbb/k"], "--tag: 'team' is given twice"),
            (["put", "--tag", "novalue", "f", "s3://bbb/k"], "--tag: 'novalue'"),
            (["put", "--expires", "soon", "f", "s3://bbb/k"], "--expires: 'soon'"),
            (["put", "--expires", "", "f", "s3://bbb/k"], "--expires: ''"),
            (["put", "--expires", "2026-02-30T00:00:00Z", "f", "s3://bbb/k"], "--expires: '2026-02-30T00:00:00Z'"),
            (["cp", "--expires", "Wed, 32 Oct 2026 07:28:00 GMT", "s3://bbb/k", "s3://bbb/l"], "--expires: 'Wed, 32 Oct 2026 07:28:00 GMT'"),
            (["put", "--if-none-match", "abc", "f", "s3://bbb/k"], "--if-none-match: 'abc'"),
            (["put", "--if-match", "a", "--if-match", "b", "f", "s3://bbb/k"], "--if-match is given more than once"),
            (["put", "--if-match", "a", "--if-none-match", "*", "f", "s3://bbb/k"], "exclude each other"),
            (["put", "a", "b", "s3://bbb/k"], "ends in '/'"),
            (["put", "-", "s3://bbb/"], "standard input has no name"),
            (["put", ".", "s3://bbb/k"], "is a folder"),
            (["put", "s3://a/b", "s3://bbb/k"], "objstore cp"),
            (["rm", "s3://bbb"], "-r deletes"),
            (["presign", "--expires", "8d", "s3://bbb/k"], "--expires: '8d'"),
            (["presign", "--expires", "0s", "s3://bbb/k"], "--expires: '0s'"),
            (["presign", "--header", "nocolon", "s3://bbb/k"], "--header: 'nocolon'"),
            (["presign", "--method", "POST", "s3://bbb/k"], "--method: 'POST'"),
            (["completion", "tcsh"], "'tcsh'"),
            (["lss"], "unknown command 'lss' (did you mean ls?)"),
            (["event", "recieve"], "(did you mean event receive?)"),
            (["event"], "which command?"),
            ([], "which command?"),
            (["--endpoint"], "--endpoint needs a value"),
            (["--endpoint", "ftp://host", "ls"], "endpoint"),
            (["help", "nonsense"], "'nonsense'"),
        ]
        for words, expected in cases:
            with self.subTest(words=words):
                result = self.run_program(*words, code=2)
                self.assertIn(expected, result.stderr)
                self.assertEqual(b"", result.stdout)

    def test_with_json_a_usage_error_is_an_error_object(self):
        [error] = self.run_program("--json", "ls", "--nonsense", code=2).errors
        self.assertEqual("invalid_argument", error["kind"])
        self.assertIn("--nonsense", error["message"])

    def test_global_flags_stand_before_and_behind_the_command(self):
        endpoint = self.env.pop("AWS_ENDPOINT_URL_S3")
        self.run_program("--endpoint", endpoint, "mb", "s3://bucket-a", "--json")
        self.run_program("mb", "s3://bucket-b", f"--endpoint={endpoint}")
        lines = self.run_program("ls", "--endpoint", endpoint, "--json").objects
        self.assertEqual(["bucket-a", "bucket-b"], [line["bucket"] for line in lines])
        self.run_program("event", "--endpoint", endpoint, "relay", "--once", "--emit", "stdout:", "s3://bucket-a", "-q")

    def test_every_command_has_help_with_an_example(self):
        for command in COMMANDS:
            words = command.split()
            text = self.run_program(*words, "--help").text
            self.assertIn("Usage: objstore " + command, text)
            self.assertIn("Example:\n  ", text)
            self.assertIn("objstore " + command, text.split("Example:")[1])
            self.assertEqual(text, self.run_program("help", *words).text)
            self.assertLessEqual(max(map(len, text.splitlines())), 130)
        overview = self.run_program("--help").text
        for command in COMMANDS:
            self.assertRegex(overview, rf"(?m)^  {command} ")
        self.assertEqual(overview, self.run_program("help").text)
        self.assertIn("event relay", self.run_program("event", "--help").text)

    def test_help_advertises_nothing_that_is_not_there(self):
        text = self.run_program("help", "--man").text
        for word in ("doctor", "artifact", "estate"):
            self.assertNotRegex(text, rf"\b{re.escape(word)}\b")

    def test_version(self):
        self.assertRegex(self.run_program("--version").text, r"^objstore \d+\.\d+\.\d+\n$")

    def test_the_man_page_is_clean_roff(self):
        page = self.run_program("help", "--man").stdout
        for command in COMMANDS:
            self.assertIn((".SS objstore " + command).encode(), page)
        self.write("objstore.1", page)
        if shutil.which("man"):
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", "objstore.1"], cwd=self.work, capture_output=True)
            self.assertEqual((0, b""), (done.returncode, done.stderr))

    def test_completions_are_scripts_that_their_shells_accept(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.run_program("completion", shell).stdout
            self.write(shell, script)
            for word in (b"presign", b"if-none-match", b"relay"):
                self.assertIn(word, script)
            if shutil.which(shell):
                done = subprocess.run([shell, "-n", shell], cwd=self.work, capture_output=True)
                self.assertEqual((0, b""), (done.returncode, done.stderr))

    def test_bash_completes_commands_and_flags(self):
        self.write("bash", self.run_program("completion", "bash").stdout)
        for words, expected in ((["ev"], "event"), (["event", "re"], "receive replay relay"), (["uploads", "a"], "abort"), (["ls", "--summ"], "--summarize"),
                                (["--endpoint", "ls", "pu"], "put"), (["ls", "--color", "al"], "always"), (["completion", "f"], "fish")):
            line = " ".join(["objstore", *words])
            script = f'. ./bash; COMP_WORDS=({line}); COMP_CWORD={len(words)}; _objstore; echo "${{COMPREPLY[@]}}"'
            self.assertEqual(expected, subprocess.run(["bash", "-c", script], cwd=self.work, capture_output=True, text=True).stdout.strip())

    def test_colours_only_when_asked_for(self):
        self.run_program("mb", "s3://bucket-a")
        self.run_program("put", "-", "s3://bucket-a/dir/k", input="x")
        self.assertNotIn(b"\x1b", self.run_program("ls", "s3://bucket-a").stdout)
        self.assertIn(b"\x1b", self.run_program("ls", "--color", "always", "s3://bucket-a").stdout)

    def test_insecure_warns_unless_quiet(self):
        self.assertIn("--insecure", self.run_program("--insecure", "ls").stderr)
        self.assertEqual("", self.run_program("--insecure", "-q", "ls").stderr)

    def test_nothing_links_what_a_base_system_lacks(self):
        if not shutil.which("ldd"):
            self.skipTest("no ldd")
        text = subprocess.run(["ldd", PROGRAM], capture_output=True, text=True).stdout
        self.assertNotIn("pugixml", text)
