//! The settings, one row each.

use toml::Value;

use super::{LogFormat, Setting};
use crate::app::account::origin::Networks;

/// Every setting, in the order of the reference.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "http",
        default: "\"127.0.0.1:5000\"",
        meaning: "Where the HTTP interface listens.",
        rule: "an address and a port, as 127.0.0.1:5000",
        is_list: false,
        set: |settings, value| {
            settings.http = value.as_str()?.parse().ok()?;
            Some(())
        },
    },
    Setting {
        name: "udp",
        default: "\"127.0.0.1:8080\"",
        meaning: "Where position datagrams are taken, the older way to report positions. They are \
                  signed but not encrypted.",
        rule: "an address and a port, as 127.0.0.1:8080, or \"none\"",
        is_list: false,
        set: |settings, value| {
            settings.udp = match value.as_str()? {
                "none" => None,
                address => Some(address.parse().ok()?),
            };
            Some(())
        },
    },
    Setting {
        name: "database",
        default: "\"sqlite://letaxi.db\"",
        meaning: "Where everything durable is kept: a file of the embedded engine, or PostgreSQL.",
        rule: "sqlite://FILE or postgres://USER@HOST/NAME",
        is_list: false,
        set: |settings, value| {
            let url = value.as_str()?;
            let known = ["sqlite://", "postgres://", "postgresql://"];
            known.iter().any(|scheme| url.starts_with(scheme)).then_some(())?;
            url.clone_into(&mut settings.database);
            Some(())
        },
    },
    Setting {
        name: "secret_key_file",
        default: "(beside the database: letaxi.key)",
        meaning: "The secret key under which API keys are kept. Made at the first start, for its \
                  owner's eyes alone; a database without its key does not start.",
        rule: "the path of a file",
        is_list: false,
        set: |settings, value| {
            settings.secret_key_file = Some(value.as_str()?.into());
            Some(())
        },
    },
    Setting {
        name: "integration_account",
        default: "(none)",
        meaning: "E-mail of the account that every partner may act for, to try its software out.",
        rule: "the e-mail of an account",
        is_list: false,
        set: |settings, value| {
            settings.integration_account = Some(value.as_str()?.to_owned());
            Some(())
        },
    },
    Setting {
        name: "neutral_operator",
        default: "false",
        meaning: "Do not tell apps which company a taxi drives with: they read \"chauffeur \
                  professionnel\".",
        rule: "true or false",
        is_list: false,
        set: |settings, value| {
            settings.neutral_operator = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "fake_taxi_id",
        default: "false",
        meaning: "Show apps an id in place of each taxi's own, good for an hour and for that app \
                  alone, so that nobody follows a taxi around.",
        rule: "true or false",
        is_list: false,
        set: |settings, value| {
            settings.fake_taxi_id = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "console_url",
        default: "(none: our own first page)",
        meaning: "Where `/` sends a browser.",
        rule: "an http or https URL",
        is_list: false,
        set: |settings, value| {
            settings.console_url = Some(page_url(value)?);
            Some(())
        },
    },
    Setting {
        name: "swagger_url",
        default: "(none: our own reference)",
        meaning: "Where `/doc` sends a browser.",
        rule: "an http or https URL",
        is_list: false,
        set: |settings, value| {
            settings.swagger_url = Some(page_url(value)?);
            Some(())
        },
    },
    Setting {
        name: "private_endpoints",
        default: "[]",
        meaning: "Operators' servers, and the geocoder, that may be called although their address is private: \
                  exact pairs of host and port.",
        rule: "a list of HOST:PORT",
        is_list: true,
        set: |settings, value| {
            let parse = |value: &Value| value.as_str()?.parse().ok();
            settings.private_endpoints =
                value.as_array()?.iter().map(parse).collect::<Option<_>>()?;
            Some(())
        },
    },
    Setting {
        name: "geocoder",
        default: "(none)",
        meaning: "A reverse geocoder with the interface of the Base Adresse Nationale, as \
                  https://api-adresse.data.gouv.fr: `GET {url}/reverse/?lon=…&lat=…`. It is asked, for a second at \
                  most, for the address of a hail that lacks nothing else, and so told where a customer waits. \
                  Without it, such a hail is refused. One at a private address stands in `private_endpoints`, too.",
        rule: "an http or https URL",
        is_list: false,
        set: |settings, value| {
            settings.geocoder = Some(page_url(value)?);
            Some(())
        },
    },
    Setting {
        name: "approximate_territory",
        default: "false",
        meaning: "Serve a territory whose borders are approximate, such as that of the demo. Not \
                  for service: taxis would be shown where they may not take customers.",
        rule: "true or false",
        is_list: false,
        set: |settings, value| {
            settings.approximate_territory = value.as_bool()?;
            Some(())
        },
    },
    Setting {
        name: "metrics",
        default: "(none: to this machine, where `http` listens)",
        meaning: "Where metrics and health are shown, and nothing else, to whoever can reach it; \
                  `http` shows no metrics then. To be set where a proxy on the same machine stands \
                  before `http`.",
        rule: "an address and a port, as 127.0.0.1:9100",
        is_list: false,
        set: |settings, value| {
            settings.metrics = Some(value.as_str()?.parse().ok()?);
            Some(())
        },
    },
    Setting {
        name: "requests_per_s",
        default: "500",
        meaning: "How many requests a second one key may make; an account may have a number of its own \
                  (`letaxi user limit`). More are answered 429, with when to come back.",
        rule: "a whole number; 0 is no limit",
        is_list: false,
        set: |settings, value| {
            settings.limits.requests_per_s = number(value)?;
            Some(())
        },
    },
    Setting {
        name: "requests_burst",
        default: "2000",
        meaning: "How many requests of one key may come at once, if it was quiet before.",
        rule: "a whole number",
        is_list: false,
        set: |settings, value| {
            settings.limits.requests_burst = number(value)?;
            Some(())
        },
    },
    Setting {
        name: "positions_per_s",
        default: "5000",
        meaning: "How many calls of `POST /geotaxi` a second one key may make; four times as many may come at \
                  once. They count apart from other calls, since many operators send each position by itself. An \
                  account whose own number (`letaxi user limit`) is larger may make as many as that.",
        rule: "a whole number; 0 is no limit",
        is_list: false,
        set: |settings, value| {
            settings.limits.positions_per_s = number(value)?;
            Some(())
        },
    },
    Setting {
        name: "stranger_requests_per_s",
        default: "100",
        meaning: "How many requests a second without a valid key may come from one address; ten times as \
                  many may come at once.",
        rule: "a whole number; 0 is no limit",
        is_list: false,
        set: |settings, value| {
            settings.limits.stranger_requests_per_s = number(value)?;
            Some(())
        },
    },
    Setting {
        name: "connections",
        default: "10000",
        meaning: "How many connections to the HTTP interface there may be; more wait.",
        rule: "a whole number, 1 at least",
        is_list: false,
        set: |settings, value| {
            settings.connections.most = number(value).filter(|most| *most > 0)?;
            Some(())
        },
    },
    Setting {
        name: "connections_per_address",
        default: "500",
        meaning: "How many of them one address may have; more are closed.",
        rule: "a whole number, 1 at least",
        is_list: false,
        set: |settings, value| {
            settings.connections.most_of_address = number(value).filter(|most| *most > 0)?;
            Some(())
        },
    },
    Setting {
        name: "trusted_proxies",
        default: "[]",
        meaning: "Proxies in front of us: they may have as many connections as there are, and what they say \
                  in `X-Forwarded-For` is taken for where a request comes from.",
        rule: "a list of IP addresses and networks, as 192.0.2.1 and 10.0.0.0/8",
        is_list: true,
        set: |settings, value| {
            let texts = value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
            settings.connections.trusted = Networks::read(texts)?;
            Some(())
        },
    },
    Setting {
        name: "log",
        default: "\"text\"",
        meaning: "How the log is written, to standard error: lines for people, or one JSON object \
                  a line. What is written is chosen by RUST_LOG, as \"info\" or \"letaxi=debug\".",
        rule: "\"text\" or \"json\"",
        is_list: false,
        set: |settings, value| {
            settings.log = match value.as_str()? {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return None,
            };
            Some(())
        },
    },
];

/// A number, which the environment gives as text.
fn number<N: TryFrom<i64> + std::str::FromStr>(value: &Value) -> Option<N> {
    match value {
        Value::Integer(number) => (*number).try_into().ok(),
        value => value.as_str()?.parse().ok(),
    }
}

/// The URL of a page that a browser can be sent to.
fn page_url(value: &Value) -> Option<String> {
    let url = url::Url::parse(value.as_str()?).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| value.as_str().map(str::to_owned))?
}
