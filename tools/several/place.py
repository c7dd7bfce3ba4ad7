"""Several servers of one registry, with a PostgreSQL and a NATS of their own, for tools/rolling-upgrade and tools/cut-network."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TERRITORY = ROOT / "crates/letaxi/demo-territory"
START_S, STOP_S = 120, 30
# The simulation drives in Paris, so that nobody hails the judge's taxis, which are in Lyon.
PARIS = {"75056", "92012", "92040", "92044", "92051", "93048", "94041", "94080"}
KEYS = {name: f"key-of-{name}" for name in ("operator", "app", "judge-operator", "judge-app")}


class Failure(Exception):
    """A reason to give up."""


def call(base, method, path, key, element=None, timeout=30, headers=None):
    """An answer as its status and document. A broken connection is an OSError."""
    body = None if element is None else json.dumps({"data": [element]}).encode()
    headers = {"X-Api-Key": key, "Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(base + path, body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return answer.status, json.loads(answer.read() or "null")
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode(errors="replace")


def program(name, package):
    """The path of a program of Debian, which may be where only root looks."""
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if not path:
        raise Failure(f"there is no {name}: apt-get install {package}")
    return path


class Node:
    """A server: its address, and the words before its command, such as those that enter its network."""

    def __init__(self, name, host, port, prefix=()):
        self.name, self.host, self.port, self.prefix = name, host, port, list(prefix)
        self.url, self.process, self.is_serving, self.log = f"http://{host}:{port}", None, False, None


class Place:
    """PostgreSQL, NATS and servers in a folder. `host` is the address of operators and of nginx."""

    def __init__(self, folder, host, port, nodes, database_host=None, bus_host=None):
        self.folder, self.host, self.port, self.nodes = folder, host, port, nodes
        self.database_host, self.bus_host = database_host or host, bus_host or host
        self.database = f"postgres://letaxi@{self.database_host}:{port + 8}/letaxi"
        self.bus = f"nats://{self.bus_host}:{port + 9}"
        self.processes, self.logs, self.is_database_up = [], [], False
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        if not programs:
            raise Failure("there is no PostgreSQL: apt-get install postgresql")
        self.programs = programs[-1]
        self.as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []

    def begin(self, binary):
        """Starts PostgreSQL and NATS, and imports the territory and the accounts by a program."""
        self.folder.chmod(0o711)
        (self.folder / "postgres").mkdir()
        if self.as_user:  # PostgreSQL will not run as root; Debian's package made this user
            shutil.chown(self.folder / "postgres", "postgres")
        self.postgres("initdb", "-D", "data", "-U", "letaxi", "-A", "trust", "-E", "UTF8", "--locale=C")
        with open(self.folder / "postgres/data/pg_hba.conf", "a") as rules:
            rules.write(f"host all all {self.database_host}/8 trust\n")
        options = f"-k '' -c listen_addresses={self.database_host} -c port={self.port + 8} -c max_connections=200"
        self.postgres("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", options, "start")
        self.is_database_up = True
        self.postgres("createdb", "-h", self.database_host, "-p", str(self.port + 8), "-U", "letaxi", "letaxi")
        self.start_process([program("nats-server", "nats-server"), "-a", self.bus_host, "-p", str(self.port + 9)], "nats")
        self.write_territory()
        self.command(binary, "import", self.folder / "territory")

    def write_territory(self):
        shutil.copytree(TERRITORY, self.folder / "territory")
        shutil.copytree(TERRITORY, self.folder / "paris")
        shutil.rmtree(self.folder / "paris/zupc/Lyon")
        towns = json.loads((TERRITORY / "towns.geojson").read_text())
        towns["features"] = [town for town in towns["features"] if town["properties"]["insee"] in PARIS]
        (self.folder / "paris/towns.geojson").write_text(json.dumps(towns))
        accounts = [self.account("operator", "operateur", self.port + 6), self.account("app", "moteur")]
        (self.folder / "simulated.json").write_text(json.dumps(accounts))
        accounts += [self.account("judge-operator", "operateur", self.port + 7), self.account("judge-app", "moteur")]
        (self.folder / "territory/users.json").write_text(json.dumps(accounts))

    def account(self, name, role, port=None):
        account = {"email": f"{name}@test.invalid", "roles": [role], "apikey": KEYS[name], "commercial_name": name}
        if port:
            account["hail_endpoint_production"] = f"http://{self.host}:{port}/hails"
        return account

    def environment(self, **more):
        settings = {
            "DATABASE": self.database, "NATS": self.bus, "SECRET_KEY_FILE": self.folder / "letaxi.key",
            "PRIVATE_ENDPOINTS": f"{self.host}:{self.port + 6},{self.host}:{self.port + 7}",
            "APPROXIMATE_TERRITORY": "true", "UDP": "none", "TRUSTED_PROXIES": self.host,
            # A limit would answer most of what is asked.
            "REQUESTS_PER_S": "0", "STRANGER_REQUESTS_PER_S": "0", **more,
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LETAXI_", "RUST_LOG"))}
        return kept | {f"LETAXI_{name}": str(value) for name, value in settings.items()}

    def postgres(self, program, *args):
        call = [*self.as_user, str(self.programs / program), *args]
        subprocess.run(call, check=True, cwd=self.folder / "postgres", stdout=subprocess.DEVNULL)

    def command(self, binary, *args):
        done = subprocess.run([binary, *args], env=self.environment(), cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{args[0]} failed: {done.stdout}{done.stderr}")
        return done.stdout

    def sql(self, query):
        """Rows of an answer, each a list of texts."""
        call = [self.programs / "psql", "-X", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.database_host]
        call += ["-p", str(self.port + 8), "-U", "letaxi", "-c", query, "letaxi"]
        done = subprocess.run(call, capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"{query}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def start_process(self, command, name, **options):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen(
            [str(word) for word in command], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **options
        )
        self.processes.append(process)
        return process

    def start(self, node, binary, name):
        """Starts a server, and waits until it is ready; the seconds that it took."""
        began = time.monotonic()
        settings = self.environment(HTTP=f"{node.host}:{node.port}")
        node.log = self.folder / f"{name}.log"
        self.logs.append(node.log)
        node.process = self.start_process([*node.prefix, binary, "serve"], name, env=settings)
        while time.monotonic() < began + START_S:
            if node.process.poll() is not None:
                raise Failure(f"{name} ended: {node.log.read_text()[-1000:]}")
            try:
                if call(node.url, "GET", "/readyz", "", timeout=5)[0] == 200:
                    node.is_serving = True
                    return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.02)
        raise Failure(f"{name} is not ready: see {node.log}")

    def stop(self, node):
        """Ends a server as its supervisor would; the seconds that it took, and its exit code."""
        began = time.monotonic()
        node.is_serving = False
        node.process.send_signal(signal.SIGTERM)
        code = node.process.wait(STOP_S)
        return time.monotonic() - began, code

    def balance(self, nodes):
        """Starts nginx in front of servers; its address."""
        servers = " ".join(f"server {node.host}:{node.port} max_fails=1 fail_timeout=1s;" for node in nodes)
        folders = " ".join(f"{kind}_temp_path {self.folder}/nginx-{kind};" for kind in
                           ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        settings = self.folder / "nginx.conf"
        settings.write_text(f"""
            daemon off; pid {self.folder}/nginx.pid; worker_processes 1; error_log {self.folder}/nginx-error.log;
            events {{ worker_connections 4096; }}
            http {{
                {folders}
                log_format answers '$request_method $uri $status $upstream_addr $request_time';
                access_log {self.folder}/access.log answers;
                upstream nodes {{ {servers} keepalive 32; }}
                server {{
                    listen {self.host}:{self.port};
                    location / {{
                        proxy_pass http://nodes; proxy_http_version 1.1; proxy_connect_timeout 1s;
                        proxy_set_header Connection ""; proxy_set_header X-Forwarded-For $remote_addr;
                    }}
                }}
            }}""")
        self.start_process([program("nginx", "nginx"), "-e", self.folder / "nginx-error.log", "-c", settings], "nginx")
        return f"http://{self.host}:{self.port}"

    def simulate(self, binary, url, seconds):
        """Starts taxis and passengers in Paris, at twenty times their pace."""
        options = ["--accounts", self.folder / "simulated.json", "--territory", self.folder / "paris", "--taxis", 200]
        options += ["--passengers", 80, "--pace", 20, "--report-every", "2s", "--duration", f"{seconds}s"]
        return self.start_process([binary, "simulate", *options, url], "simulation", env=self.environment())

    def warnings(self):
        """Lines of the servers' logs that are warnings or errors, with their numbers, by name and text."""
        found = {}
        for log in self.logs:
            for line in log.read_text().splitlines():
                if " WARN " in line or " ERROR " in line or "panicked" in line:
                    told = re.sub(r" (reference|request|acquired_after_secs|db.statement)=\S+", "", line.split("Z ", 1)[-1])
                    text = f"{log.stem}: {told.strip()[:160]}"
                    found[text] = found.get(text, 0) + 1
        return found

    def end(self):
        """Ends all that was started, servers first."""
        for node in self.nodes:
            if node.process and node.process.poll() is None:
                node.process.kill()
                node.process.wait()
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                process.wait()
        if self.is_database_up:
            self.postgres("pg_ctl", "-D", "data", "-m", "immediate", "stop")
