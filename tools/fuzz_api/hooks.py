"""What Schemathesis cannot read in the description: which ids there are, and what the contract wants.

It makes ids up, so nearly all would be of nothing. Three in four are exchanged for one that there is, always
the same for the same text, so that a request can be made again.
"""

import atexit
import collections
import json
import os
import pathlib
import zlib

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData, UnsupportedMethodResponse

# Whose ids the parameters of a path are.
PATHS = {
    "/taxis/{id}": "taxis", "/hails/{id}": "hails", "/users/{id}": "users", "/customers/{id}": "customers",
    "/v1/keys/{id}": "keys",
}
# Fields of bodies that hold an id, and what else must be right for the call to get far.
FIELDS = {"taxi_id": "taxis", "customer_id": "customers", "email": "emails", "password": "passwords"}
# Points near the taxis.
HERE = {"customer_lon": 2.3522, "customer_lat": 48.8566, "lon": 2.3522, "lat": 48.8566}

# A good request may be refused for what no schema can say: what there is, what others did meanwhile, the
# calendar, two fields that do not fit. Each sentence stands for one such reason.
REFUSED_FOR_GOOD_REASONS = [
    "Identifiant de taxi inconnu",
    "Taxi is not online.",
    "Taxi is no longer online.",
    "Taxi is not free.",
    "This sesssion ID does not exist.",
    "Customer can't be located",
    "Impossible to set status from",
    "Hail status is",
    "is required to change status from",
    "taxi_phone_number is not provided",
    "You do not have the permissions to change this value",
    "Not a valid date.",
    "Not a valid datetime.",
    "NUL characters are not permitted.",
    "This endpoint is invalid.",
    "This URL could not be resolved.",
]


def ids():
    return json.loads(pathlib.Path(os.environ["FUZZ_API_IDS"]).read_text())


def exchanged(value, known):
    """One of those that there are, three times in four."""
    digest = zlib.crc32(repr(value).encode("utf-8", "surrogatepass"))
    return known[digest // 4 % len(known)] if known and digest % 4 else value


def exchange_fields(value, known):
    if isinstance(value, list):
        for element in value:
            exchange_fields(element, known)
    elif isinstance(value, dict):
        for name, field in value.items():
            if name in FIELDS:
                value[name] = exchanged(field, known[FIELDS[name]])
            elif name in HERE:
                value[name] = exchanged(field, [HERE[name]])
            else:
                exchange_fields(field, known)


# How many answers an operation gave of each status.
ANSWERS = collections.Counter()


@schemathesis.hook
def after_call(context, case, response):
    # Not those that try another method than the operation has.
    if response.request.method == case.operation.method.upper():
        ANSWERS[case.operation.label, response.status_code] += 1


@atexit.register
def tell_answers():
    """Leaves the count for tools/fuzz-api, which says what was never taken."""
    counts = [[label, status, count] for (label, status), count in ANSWERS.items()]
    pathlib.Path(os.environ["FUZZ_API_ANSWERS"]).write_text(json.dumps(counts))


@schemathesis.hook
def before_call(context, case, kwargs):
    known = ids()
    kind = PATHS.get(case.operation.path)
    for name, value in (case.path_parameters or {}).items() if kind else ():
        id = exchanged(value, known[kind])
        if kind == "keys" and str(id).strip() in map(str, known["first_keys"]):
            id = 0  # or nobody could go on
        case.path_parameters[name] = id
    if case.operation.path in ("/taxis", "/zupc") and isinstance(case.query, dict):
        exchange_fields(case.query, known)
    exchange_fields(case.body, known)


def without_prefix_items(schema):
    """A tuple as a list of any of its parts: of answers, Schemathesis 4 makes a schema that its own validator
    refuses."""
    if isinstance(schema, dict):
        parts = schema.pop("prefixItems", None)
        if parts:
            schema["items"] = {"anyOf": parts}
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            without_prefix_items(part)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    without_prefix_items(raw_schema)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether it is one."""
    if isinstance(failure, UnsupportedMethodResponse):
        # The contract's answers: 405 names the methods in its text, and has no `Allow`; what is sent is read
        # before the path is looked at; positions have no page without a slash.
        without_body = "No data provided, or data is not valid JSON." in response.text
        positions = case.operation.path == "/geotaxi" and response.status_code == 404
        return not (response.status_code == 405 or without_body or positions)
    if isinstance(failure, RejectedPositiveData):
        return not any(sentence in response.text for sentence in REFUSED_FOR_GOOD_REASONS)
    return True
