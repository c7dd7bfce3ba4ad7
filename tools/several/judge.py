"""Rides and searches whose answers are noted, and compared with the database in the end."""

import collections
import http.server
import statistics
import threading
import time
import uuid

from back_office import BackOffice
from place import KEYS, call

OPERATOR, APP = KEYS["judge-operator"], KEYS["judge-app"]
RIDERS, PARKED = 4, 20
# Each rider has a place of its own, more than a search's half a kilometre from the others.
LAT, LON, APART = 45.735, 4.85, 0.012
STEPS = ["received_by_taxi", "accepted_by_taxi", "accepted_by_customer", "customer_on_board", "finished"]
PATIENCE_S = 10
# A taxi that was taken may be shown for so long.
STALE_S = 2.0


class Judge:
    """`doors` are the addresses that users call, one after the other."""

    def __init__(self, place, doors):
        self.place, self.doors, self.over, self.turn = place, doors, threading.Event(), 0
        self.faults, self.threads = collections.Counter(), []
        self.answered, self.keys = [], 0  # pairs of hail and status; hails that were asked for
        self.refused = 0  # hails of a taxi that another server had not heard of
        self.search_s = []
        self.stale_s = []  # time for which a taxi was shown after its hail was answered
        self.excused = None  # address of a server that may show old states
        self.shown = []  # time, name of the server, parked taxis that it shows
        self.phases = [(time.monotonic(), "start")]

    def begin(self):
        self.office = http.server.ThreadingHTTPServer((self.place.host, self.place.port + 7), BackOffice)
        threading.Thread(target=self.office.serve_forever, daemon=True).start()
        self.riding = [self.enrol(f"R{number}") for number in range(RIDERS)]
        self.parked = [self.enrol(f"P{number}") for number in range(PARKED)]
        works = [lambda number=number: self.ride(number) for number in range(RIDERS)]
        works += [self.report, *(lambda door=door: self.search(door) for door in self.doors)]
        for work in works + [self.look]:
            self.threads.append(threading.Thread(target=self.repeat, args=[work]))
            self.threads[-1].start()

    def phase(self, name):
        self.phases.append((time.monotonic(), name))

    def leave(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.office.shutdown()

    def repeat(self, work):
        while not self.over.is_set():
            try:
                work()
            except Exception as fault:  # whatever it is, it is a fault, and the load must go on
                self.fault(f"{type(fault).__name__}: {fault}")
                time.sleep(0.2)

    def fault(self, text):
        self.faults[" ".join(text.split())[:160]] += 1

    def door(self):
        self.turn += 1
        return self.doors[self.turn % len(self.doors)]

    def enrol(self, name):
        """Registers a taxi; its id."""
        driver = {"professional_licence": f"D{name}", "departement": "69"}
        vehicle, licence = {"licence_plate": f"JJ-{name}-JJ"}, {"numero": name, "insee": "69123"}
        names = {"first_name": "Ada", "last_name": "Lovelace", "departement": {"numero": "69"}}
        self.must("POST", "/drivers", OPERATOR, {**driver, **names})
        self.must("POST", "/vehicles", OPERATOR, vehicle)
        self.must("POST", "/ads", OPERATOR, licence)
        parts = {"driver": driver, "vehicle": vehicle, "ads": licence}
        taxi = self.must("POST", "/taxis", OPERATOR, parts)["id"]
        time.sleep(0.1)
        self.must("PUT", f"/taxis/{taxi}", OPERATOR, {"status": "free"})
        return taxi

    def must(self, method, path, key, element, **options):
        """What a call that must be answered 200 or 201 gives."""
        door = self.door()
        status, answer = call(door, method, path, key, element, **options)
        if status not in (200, 201):
            raise OSError(f"{method} /{path.split('/')[1]} at {door} was answered {status}: {answer}")
        return answer["data"][0] if answer else None

    def position(self, taxi, lon, lat, door=None):
        """Reports a position. A server that has not heard of the taxi refuses it."""
        positions = {"positions": [{"taxi_id": taxi, "lon": lon, "lat": lat}]}
        status, answer = call(door or self.door(), "POST", "/geotaxi", OPERATOR, positions)
        if status not in (200, 400):
            self.fault(f"POST /geotaxi was answered {status}: {answer}")

    def found(self, base, lon, lat, timeout=30):
        """Taxis that a search finds, by id; none if it is not answered 200, which is a fault."""
        began = time.monotonic()
        status, answer = call(base, "GET", f"/taxis?lon={lon}&lat={lat}", APP, timeout=timeout)
        self.search_s.append((time.monotonic(), time.monotonic() - began))
        if status != 200:
            self.fault(f"GET /taxis at {base} was answered {status}: {answer}")
            return {}
        return {taxi["id"]: taxi for taxi in answer["data"]}

    def search(self, door):
        self.found(door, LON, LAT)
        time.sleep(0.005)

    def report(self):
        for number, taxi in enumerate(self.parked):
            self.position(taxi, LON + 0.0001 * number, LAT)
        time.sleep(1)

    def look(self):
        """Notes the parked taxis that each server shows."""
        for node in self.place.nodes:
            if not node.is_serving:
                continue
            try:
                shown = self.found(node.url, LON + 0.001, LAT).keys() & set(self.parked)
                self.shown.append((time.monotonic(), node.name, len(shown)))
            except OSError:
                if node.is_serving:
                    raise
        time.sleep(0.3)

    def ride(self, number):
        """One ride. Each step goes through another server."""
        taxi, lon, lat = self.riding[number], LON, LAT + APART * (1 + number)
        self.must("PUT", f"/taxis/{taxi}", OPERATOR, {"status": "free"})
        hail = self.hail(taxi, lon, lat)
        if hail is None:
            return
        self.see_it_go(taxi, lon, lat, time.monotonic())
        deadline = time.monotonic() + PATIENCE_S
        while hail["status"] == "received" and time.monotonic() < deadline:
            time.sleep(0.02)
            hail = self.must("GET", f"/hails/{hail['id']}", APP, None)
        if hail["status"] != "received_by_operator":
            self.fault(f"a hail is {hail['status']} in place of received_by_operator")
            return
        for step in STEPS:
            who = APP if step == "accepted_by_customer" else OPERATOR
            element = {"status": step, **({"taxi_phone_number": "0600000001"} if step == "accepted_by_taxi" else {})}
            self.must("PUT", f"/hails/{hail['id']}", who, element)
            self.answered.append((hail["id"], step))

    def hail(self, taxi, lon, lat):
        """Hails a taxi, with the same key until it is answered 201."""
        self.keys += 1
        key = {"Idempotency-Key": str(uuid.uuid4())}
        place = {"customer_lon": lon, "customer_lat": lat, "customer_address": "Lyon"}
        customer = {"customer_id": taxi, "customer_phone_number": "0600000002"}
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self.position(taxi, lon, lat)
            status, answer = call(self.door(), "POST", "/hails", APP, {"taxi_id": taxi, **place, **customer}, headers=key)
            if status == 201:
                self.answered.append((answer["data"][0]["id"], "received"))
                return answer["data"][0]
            if status != 400:
                self.fault(f"POST /hails was answered {status}: {answer}")
            self.refused += 1
            time.sleep(0.1)
        self.fault(f"a hail was not taken within {PATIENCE_S} s: {answer}")
        return None

    def see_it_go(self, taxi, lon, lat, since):
        """Waits until no server shows the taxi any more."""
        for node in self.place.nodes:
            while node.is_serving:
                asked = time.monotonic()
                try:
                    if taxi not in self.found(node.url, lon, lat) or node.url == self.excused:
                        break
                except OSError:
                    if node.is_serving:
                        raise
                self.stale_s.append((time.monotonic(), asked - since))
                if asked - since > PATIENCE_S:
                    self.fault(f"{node.name} shows a taken taxi for more than {PATIENCE_S} s")
                    break
                time.sleep(0.02)

    def compare(self):
        """Compares answers with the database: nothing lost, nothing doubled."""
        ids = ",".join(f"'{hail}'" for hail in {hail for hail, _ in self.answered}) or "''"
        kept = {tuple(row) for row in self.place.sql(
            f"select hail_id, to_status from hail_transitions where hail_id in ({ids})")}
        for hail, step in self.answered:
            if (hail, step) not in kept:
                self.fault(f"the answered step {step} of hail {hail} is lost")
        # Ids of hails are hexadecimal; those of copies begin with an h (tools/rolling-upgrade).
        hails = int(self.place.sql("""select count(*) from hails join accounts on accounts.id = client_id
            where email = 'judge-app@test.invalid' and hails.id not like 'h%'""")[0][0])
        if hails > self.keys:
            self.fault(f"{hails} hails were made of {self.keys} keys")
        lives = """select h.car, h.id, h.created_at as began, h.deadline_at is null as is_over, max(t.at) as ended
            from hails h join hail_transitions t on t.hail_id = h.id group by h.id"""
        twice = int(self.place.sql(f"""with lives as ({lives}) select count(*) from lives a join lives b on a.car = b.car
            and a.id < b.id and (not a.is_over or a.ended > b.began) and (not b.is_over or b.ended > a.began)""")[0][0])
        if twice:
            self.fault(f"{twice} pairs of hails of one car were open together")
        stale = self.longest(self.stale_s)
        if stale > STALE_S:
            self.fault(f"a taken taxi was shown for {stale:.1f} s")
        return hails

    @staticmethod
    def longest(pairs, since=0.0, until=float("inf")):
        return max((value for at, value in pairs if since <= at < until), default=0.0)

    def tell(self):
        """Prints what was seen in each phase."""
        print("phase                     searches  longest  taken taxi shown for  parked taxis shown, at least (of %d)" % PARKED)
        ends = [at for at, _ in self.phases[1:]] + [float("inf")]
        for (since, name), until in zip(self.phases, ends):
            if name == "start":
                continue
            searches = [value for at, value in self.search_s if since <= at < until]
            least = {node.name: min((n for at, who, n in self.shown if who == node.name and since <= at < until), default="-")
                     for node in self.place.nodes}
            print(f"{name:25} {len(searches):8} {max(searches, default=0) * 1000:5.0f} ms "
                  f"{self.longest(self.stale_s, since, until) * 1000:12.0f} ms       "
                  + ", ".join(f"{who} {number}" for who, number in least.items()))
        times = [value for _, value in self.search_s]
        print(f"judge: {self.keys} hails, {len(self.answered)} answered steps, {len(times)} searches (half within "
              f"{statistics.median(times) * 1000:.1f} ms), {self.refused} hails refused until the server knew the taxi, "
              f"{sum(n > 1 for n in BackOffice.calls.values())} hails told twice to the operator")
