"""The place that tools/fuzz-api attacks: a server of its own, and partners who keep it alive."""

import http.server
import json
import os
import pathlib
import random
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

from back_office import BackOffice

TERRITORY = pathlib.Path(__file__).resolve().parent.parent.parent / "crates/letaxi/demo-territory"
# Those whose keys are tried. `groupement` and `editeur` may do what any account may.
ROLES = ["admin", "operateur", "moteur"]
HERE = {"lon": 2.3522, "lat": 48.8566}
TAXIS = 8
START_S = 20
# Positions are good for two minutes, and a ride has thirty seconds for each step.
ROUND_S = 2


def key_of(role):
    return f"fuzz-api-key-of-{role}"


class Place:
    """A running server, as a context. `ids` is a file with what is there to be asked for, by kind."""

    def __init__(self, binary, folder):
        self.binary, self.folder, self.ids = binary, folder, folder / "ids.json"
        self.dice, self.over, self.hails, self.faults = random.Random(1), threading.Event(), [], []

    def __enter__(self):
        self.back_office = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BackOffice)
        threading.Thread(target=self.back_office.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.back_office.server_port}/hails"
        self.start()
        self.fill()
        self.keeper = threading.Thread(target=self.keep)
        self.keeper.start()
        return self

    def __exit__(self, *failure):
        self.over.set()
        self.keeper.join()
        ended = self.server.poll()
        self.server.kill()
        self.server.wait()
        self.back_office.shutdown()
        if failure == (None, None, None):
            assert ended is None, f"the server ended with {ended}"
            assert not self.faults, f"its partners could not go on: {self.faults[-1]}"

    def start(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        settings = {
            "HTTP": f"127.0.0.1:{port}",
            "UDP": "none",
            "DATABASE": f"sqlite://{self.folder / 'letaxi.db'}",
            "APPROXIMATE_TERRITORY": "true",
            "PRIVATE_ENDPOINTS": f"127.0.0.1:{self.back_office.server_port}",
            "INTEGRATION_ACCOUNT": "operateur@fuzz.invalid",
            # A limit would answer most of what is asked.
            "REQUESTS_PER_S": "0",
            "STRANGER_REQUESTS_PER_S": "0",
        }
        environment = {**os.environ, **{f"LETAXI_{name}": value for name, value in settings.items()}}
        data = self.folder / "data"
        shutil.copytree(TERRITORY, data)
        (data / "users.json").write_text(json.dumps(self.accounts()))
        log = open(self.folder / "server.log", "wb")
        quiet = {"env": environment, "cwd": self.folder, "stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
        subprocess.run([self.binary, "import", data], check=True, **quiet)
        self.server = subprocess.Popen([self.binary, "serve"], **quiet)
        deadline = time.monotonic() + START_S
        while self.server.poll() is None and time.monotonic() < deadline:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
        raise SystemExit(f"fuzz-api: the server does not start: see {self.folder / 'server.log'}")

    def accounts(self):
        names = [*ROLES, "groupement", "editeur"]
        return [
            {
                "name": name, "email": f"{name}@fuzz.invalid", "password": f"password-of-{name}",
                "apikey": key_of(name), "roles": [name], "commercial_name": f"Taxis {name}",
                "manager": "groupement" if name == "operateur" else None,
                "hail_endpoint_production": self.endpoint if name == "operateur" else None,
            }
            for name in names
        ]

    def call(self, role, method, path, element=None):
        body = None if element is None else json.dumps(element).encode()
        headers = {"X-Api-Key": key_of(role), "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as refusal:
            raise OSError(f"{method} {path} is answered {refusal.code}: {refusal.read()!r}") from None

    def one(self, role, method, path, element):
        return self.call(role, method, path, {"data": [element]})["data"][0]

    def fill(self):
        accounts = {user["email"]: user["id"] for user in self.call("admin", "GET", "/users")["data"]}
        self.taxis, self.users, self.operator = [], list(accounts.values()), accounts["operateur@fuzz.invalid"]
        for number in range(TAXIS):
            driver = {"professional_licence": f"D{number}", "departement": "75"}
            vehicle, licence = {"licence_plate": f"AA-{number:03}-AA"}, {"numero": f"{number}", "insee": "75056"}
            full = {"first_name": "Ada", "last_name": "Lovelace", "departement": {"numero": "75"}}
            self.one("operateur", "POST", "/drivers", {**driver, **full})
            self.one("operateur", "POST", "/vehicles", {**vehicle, "model": "Zoé", "nb_seats": 4})
            self.one("operateur", "POST", "/ads", licence)
            parts = {"driver": driver, "vehicle": vehicle, "ads": licence}
            self.taxis.append(self.one("operateur", "POST", "/taxis", parts)["id"])
        self.round()
        for _ in self.taxis[2:]:
            self.ride()
        self.tell()

    def round(self):
        """What the operator does all the time, whatever was done in its name meanwhile."""
        self.one("admin", "PUT", f"/users/{self.operator}", {"hail_endpoint_production": self.endpoint})
        positions = [{"taxi_id": taxi, **HERE} for taxi in self.taxis]
        self.call("operateur", "POST", "/geotaxi", {"data": [{"positions": positions}]})
        for taxi in self.taxis:
            self.one("operateur", "PUT", f"/taxis/{taxi}", {"status": "free", "radius": None})

    def ride(self):
        """A hail, led to a random step of its life. Anybody may be faster: then it ends where it is."""
        hail = {
            "taxi_id": self.dice.choice(self.taxis), "customer_id": "ada", "customer_phone_number": "06",
            "customer_lon": HERE["lon"], "customer_lat": HERE["lat"], "customer_address": "1 rue de Rivoli",
        }
        try:
            id = self.one("moteur", "POST", "/hails", hail)["id"]
            self.hails.append(id)
            time.sleep(0.2)
            steps = [
                ("operateur", {"status": "received_by_taxi"}),
                ("operateur", {"status": "accepted_by_taxi", "taxi_phone_number": "0600000001"}),
                ("moteur", {"status": "accepted_by_customer"}),
                ("operateur", {"status": "customer_on_board"}),
                ("operateur", {"status": "finished"}),
            ]
            for role, step in steps[: self.dice.randrange(len(steps) + 1)]:
                self.one(role, "PUT", f"/hails/{id}", step)
        except OSError:
            pass

    def tell(self):
        """Writes down what is there, in one go."""
        keys = {role: [key["id"] for key in self.call(role, "GET", "/v1/keys")["data"]] for role in ROLES}
        ids = {
            # Of the one account that may be logged in to: both are of it, whichever field is exchanged.
            "emails": ["groupement@fuzz.invalid"], "passwords": ["password-of-groupement"],
            "taxis": self.taxis, "hails": self.hails[-12:], "users": self.users, "customers": ["ada"],
            # The first key of an account is the one that asks: it must stay.
            "keys": sum((numbers[1:] for numbers in keys.values()), []),
            "first_keys": [numbers[0] for numbers in keys.values()],
        }
        written = self.ids.with_suffix(".new")
        written.write_text(json.dumps(ids))
        written.replace(self.ids)

    def keep(self):
        while not self.over.wait(ROUND_S):
            try:
                self.round()
                self.ride()
                self.tell()
            except OSError as fault:
                self.faults.append(fault)
