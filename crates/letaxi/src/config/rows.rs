//! The settings, one row each.

use toml::Value;

use super::{LogFormat, Setting};

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
        meaning: "Operators' servers that may be called although their address is private: exact \
                  pairs of host and port.",
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

/// The URL of a page that a browser can be sent to.
fn page_url(value: &Value) -> Option<String> {
    let url = url::Url::parse(value.as_str()?).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| value.as_str().map(str::to_owned))?
}
