//! Table of the settings.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use toml::Value;

use super::{LogFormat, Setting};
use crate::app::account::limits::Limits;
use crate::app::account::origin::Networks;
use crate::app::account::second_step_rule::SecondStepRule;
use crate::app::identity::{Colour, Contact, Identity, LONGEST_NAME, Logo};
use crate::app::retention::clocks::KeptDays;
use crate::operator::PrivateEndpoint;
use crate::operator::provider::UserinfoForm;
use crate::server::listener::{Connections, PATIENCE};

/// Declares the settings: their meaning, name, type, default (as TOML; `unset` and a text in parentheses for none),
/// what a value must be (completes "it must be …") and the function that reads it.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident: $type:ty = $($unset:ident)? $default:literal, $rule:literal, $read:expr;
    )*) => {
        /// Settings of a registry.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Settings { $( $(#[doc = $doc])* pub $name: $type, )* }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($name: default_of!($($unset)? $default, $read),)* }
            }
        }

        /// All settings, in the order of the reference.
        pub const SETTINGS: &[Setting] = &[ $( Setting {
            name: stringify!($name),
            default: $default,
            doc: concat!($($doc),*),
            rule: $rule,
            set: |settings, value| {
                settings.$name = read_by(value, $read)?;
                Some(())
            },
        }, )* ];
    };
}

macro_rules! default_of {
    (unset $default:literal, $read:expr) => {
        None
    };
    ($default:literal, $read:expr) => {
        read_default($default, $read)
    };
}

settings! {
    /// Address of the HTTP interface.
    http: SocketAddr = "\"127.0.0.1:5000\"",
        "an address and a port, such as 127.0.0.1:5000", parsed;

    /// Address for position datagrams, the older way to report positions. They are signed but not encrypted.
    udp: Option<SocketAddr> = "\"127.0.0.1:8080\"",
        "an address and a port, such as 127.0.0.1:8080, or \"none\"",
        |value| if value.as_str() == Some("none") { Some(None) } else { parsed(value).map(Some) };

    /// Database for all durable data: an SQLite file or PostgreSQL.
    database: String = "\"sqlite://letaxi.db\"",
        "sqlite://FILE or postgres://USER@HOST/NAME", database_url;

    /// Servers of NATS, the bus of several servers on one PostgreSQL: each tells the others where its taxis are. All have
    /// the same setting. Without it, a database has one server.
    nats: Option<String> = unset "(none: one server)",
        "nats://HOST:PORT or tls://HOST:PORT, or several, separated by commas", nats_servers;

    /// File with the certificates (PEM) of the authority that has signed those of NATS, for `tls://` addresses; without it,
    /// the authorities that the system trusts.
    nats_ca: Option<PathBuf> = unset "(the system's)",
        "the path of a file", |value| Some(Some(value.as_str()?.into()));

    /// File of the secret key, which encrypts API keys. The first start creates it, readable by its owner only; a
    /// database does not start without its key.
    secret_key_file: Option<PathBuf> = unset "(beside the database: letaxi.key)",
        "the path of a file", |value| Some(Some(value.as_str()?.into()));

    /// E-mail address of the account for which every partner may act, to try out software. If it is an operator without
    /// a hail endpoint, the registry itself takes its hails, so that both sides can be tried out by hand.
    integration_account: Option<String> = unset "(none)",
        "the e-mail address of an account", |value| Some(Some(value.as_str()?.to_owned()));

    /// Let apps, operators and admins make test taxis that answer hails by themselves (`POST /v1/sandbox/taxis`). Searches
    /// show them like others, and figures count them: never set it in a registry with real passengers.
    sandbox: bool = "false", "true or false", Value::as_bool;

    /// Hide the operators of taxis from apps: they see "chauffeur professionnel".
    neutral_operator: bool = "false", "true or false", Value::as_bool;

    /// Show apps an id in place of each taxi's own, valid for an hour and for that app only, so that nobody can
    /// follow a taxi.
    fake_taxi_id: bool = "false", "true or false", Value::as_bool;

    /// Name of the registry: in titles of pages, in the console, and as the publisher of open data.
    name: String = "\"Registre des taxis\"", "a text of 1 to 60 characters on one line",
        |value| line(value, LONGEST_NAME);

    /// File of the logo, which pages show beside the name. It is read once, at start.
    logo: Option<Arc<Logo>> = unset "(none: a pin)",
        "the path of an SVG, PNG, JPEG or WebP file of at most 256 KiB that can be read",
        |value| Some(Some(Arc::new(Logo::read(Path::new(value.as_str()?))?)));

    /// Accent of pages and of the console: buttons, marks, the menu. Colours of text are derived from it.
    colour: Option<Colour> = unset "(none: amber)",
        "a colour as #rrggbb with a contrast of at least 3 on light and on dark pages, such as #1f8a55: neither very \
         light nor very dark",
        |value| Colour::accent(value.as_str()?).map(Some);

    /// E-mail address or web page for questions about the registry, shown on its pages.
    contact: Option<Contact> = unset "(none)",
        "an e-mail address or an http or https URL", |value| parsed(value).map(Some);

    /// Body that answers for the personal data (the controller), with its postal address, for the privacy page.
    controller: Option<String> = unset "(none: the page says so)",
        "a text of 1 to 300 characters on one line", |value| line(value, 300).map(Some);

    /// Show the privacy page and the accessibility statement, `/legal/privacy` and `/legal/accessibility`, which are
    /// made of the settings.
    legal_pages: bool = "true", "true or false", Value::as_bool;
    /// Address at which people reach this registry, such as `https://registry.example`. Links in mails and those of
    /// `letaxi user invite` begin with it.
    public_url: Option<String> = unset "(none)", "an http or https URL", page_url;

    /// The accounts that must have a second step to sign in: `off` (none must, each may), `privileged` (admins and
    /// inspectors) or `all`. One that must and has none sets it up right after its password.
    second_step: SecondStepRule = "\"off\"",
        "\"off\", \"privileged\" or \"all\"", parsed;

    /// Identity provider by which people may sign in (OpenID Connect), such as `ProConnect` or a Keycloak: its issuer, word
    /// for word. It needs `openid_client_id`, `openid_client_secret_file` and `public_url`; register there
    /// `{public_url}/console/return` as the redirect URI, and `{public_url}/console/` as that after a logout. One at a
    /// private address, or without TLS, must also be listed in `private_endpoints`.
    openid_issuer: Option<String> = unset "(none: people sign in by password)",
        "an https or http URL", page_url;

    /// Name of the registry at the identity provider.
    openid_client_id: Option<String> = unset "(none)",
        "a text of 1 to 255 characters on one line", |value| line(value, 255).map(Some);

    /// File with the secret of the registry at the identity provider. It is read once, at start.
    openid_client_secret_file: Option<PathBuf> = unset "(none)",
        "the path of a file", |value| Some(Some(value.as_str()?.into()));

    /// Name of the identity provider on the button of the sign-in page: `ProConnect`.
    openid_name: Option<String> = unset "(none: its host)",
        "a text of 1 to 60 characters on one line", |value| line(value, LONGEST_NAME).map(Some);

    /// Scopes asked of the identity provider, beside `openid`. Only the e-mail address is used: it tells a person's
    /// identities apart.
    openid_scopes: Vec<String> = "[\"email\"]", "a list of words", words;

    /// Form in which the identity provider is asked for the e-mail address: `plain` (its user info as JSON), `signed` (its
    /// user info as a token signed with RS256, as from `ProConnect`) or `none` (only its ID token is read).
    openid_userinfo: UserinfoForm = "\"plain\"", "\"plain\", \"signed\" or \"none\"", parsed;

    /// Levels of assurance (`acr`) of which the identity provider must reach one; a sign-in with another is refused.
    openid_acr_values: Vec<String> = "[]", "a list of words", words;

    /// Values of `amr` or `acr` by which the identity provider tells that it asked for a second step, such as `mfa`. A
    /// sign-in with one of them needs no second step here, whatever `second_step` says.
    openid_second_step: Vec<String> = "[]", "a list of words", words;

    /// Link an identity that is not linked yet with the account of the same e-mail address, if the identity provider says
    /// that it has verified the address. Only for a provider whose word on addresses you trust as your own.
    openid_links_by_email: bool = "false", "true or false", Value::as_bool;

    /// Mail server, which sends people the links by which they set a password: `smtps://USER:PASSWORD@HOST`,
    /// `smtp://USER:PASSWORD@HOST?tls=required` (STARTTLS), or `smtp://localhost` without encryption, for a server on
    /// this machine. It needs `mail_from` and `public_url`.
    smtp: Option<String> = unset "(none: links are shown to whoever makes them)",
        "an smtp or smtps URL", smtp_url;

    /// Sender of mails: `registry@example.org`, or `Registry <registry@example.org>`.
    mail_from: Option<String> = unset "(none)",
        "an e-mail address", sender;

    /// Target of the redirect from `/` for browsers.
    console_url: Option<String> = unset "(none: the built-in first page)",
        "an http or https URL", page_url;

    /// Target of the redirect from `/doc` for browsers.
    swagger_url: Option<String> = unset "(none: the built-in reference)",
        "an http or https URL", page_url;

    /// Operators' servers, and the geocoder, that may be called although their address is private: exact pairs of
    /// host and port.
    private_endpoints: Vec<PrivateEndpoint> = "[]",
        "a list of HOST:PORT", |value| value.as_array()?.iter().map(parsed).collect();

    /// A reverse geocoder with the interface of the Base Adresse Nationale, such as
    /// `https://api-adresse.data.gouv.fr`: `GET {url}/reverse/?lon=…&lat=…`. It looks up the address of a hail that
    /// lacks only that, within a second, and so learns the place of a customer. Without it, such a hail is refused.
    /// A geocoder at a private address must also be listed in `private_endpoints`.
    geocoder: Option<String> = unset "(none)", "an http or https URL", page_url;

    /// Serve a territory with approximate borders, such as that of the demo. Not for service: it would show taxis
    /// outside of their zones.
    approximate_territory: bool = "false", "true or false", Value::as_bool;

    /// Address of metrics and health checks, open to every client that can reach it; `http` has no metrics then.
    /// Set it if a proxy on the same machine forwards to `http`.
    metrics: Option<SocketAddr> = unset "(none: at `http`, for this machine only)",
        "an address and a port, such as 127.0.0.1:9100", |value| parsed(value).map(Some);

    /// Rate limit of one key, in requests per second; an account may have a limit of its own (`letaxi user limit`).
    /// Further requests are answered 429, with the time to wait.
    requests_per_s: u32 = "500", "a whole number; 0 means no limit", number;

    /// Number of requests that one key may send at once after a pause.
    requests_burst: u32 = "2000", "a whole number", number;

    /// Rate limit of `POST /geotaxi` for one key, in requests per second; four times as many may come at once. It
    /// is separate from other calls, because many operators send each position in a request of its own. If an
    /// account's own limit (`letaxi user limit`) is higher, that applies.
    positions_per_s: u32 = "5000", "a whole number; 0 means no limit", number;

    /// Rate limit of requests without a valid key from one address, per second; ten times as many may come at once.
    stranger_requests_per_s: u32 = "100", "a whole number; 0 means no limit", number;

    /// Maximum number of connections to the HTTP interface; further ones wait.
    connections: usize = "10000", "a whole number, at least 1", positive;

    /// Maximum number of connections from one address; further ones are closed.
    connections_per_address: usize = "500", "a whole number, at least 1", positive;

    /// Trusted reverse proxies: they have no limit of connections per address, and their `X-Forwarded-For`
    /// determines the address of a client.
    trusted_proxies: Networks = "[]",
        "a list of IP addresses and networks, such as 192.0.2.1 and 10.0.0.0/8", networks;

    /// Keep one search in so many with every taxi around the customer and all that decided about it, for
    /// `letaxi explain-search`; 0 keeps none.
    search_sampling: u32 = "0", "a whole number", number;

    /// Days for which drivers, licences, vehicles and taxis are kept after the driver's last connection: a year less a
    /// day, for a round may come a day late (R3121-33 1° of the Code des transports).
    taxis_kept_days: u32 = "364", "a whole number of days, from 1 to 36525", days;

    /// Days for which hails and searches are kept: a year less a day (R3121-33 2°).
    hails_kept_days: u32 = "364", "a whole number of days, from 1 to 36525", days;

    /// Days for which the exact places of customers and taxis are kept, with addresses and phone numbers: the shortest
    /// two months less a day (R3121-33 3°). Afterwards a place is an inner point of its town.
    exact_places_kept_days: u32 = "58", "a whole number of days, from 1 to 36525", days;

    /// Days for which inspectors' look-ups are kept: the shortest month less a day (R3121-33, last paragraph).
    inspections_kept_days: u32 = "27", "a whole number of days, from 1 to 36525", days;

    /// Days for which the activity log is kept. No law names them.
    activity_kept_days: u32 = "364", "a whole number of days, from 1 to 36525", days;

    /// Collector of traces, in the protocol of OpenTelemetry (OTLP over HTTP): requests with route, method and status,
    /// changes of the database, and calls to operators. Nothing of persons, keys or queries is in them.
    traces: Option<String> = unset "(none: no traces)",
        "an http or https URL, such as http://127.0.0.1:4318", page_url;

    /// Trace one request in so many; each change and call outside of a request counts as one.
    traces_sampling: u32 = "100", "a whole number, at least 1",
        |value| number(value).filter(|number| *number > 0);

    /// Name of the service in traces.
    traces_name: String = "\"letaxi\"", "a text of 1 to 60 characters on one line",
        |value| line(value, LONGEST_NAME);

    /// Continue the trace that a caller names by W3C's header `traceparent`, and follow its wish to be traced or not. Only
    /// for callers who may decide that, such as a proxy of your own.
    traces_accept_parent: bool = "false", "true or false", Value::as_bool;

    /// Format of the log on standard error: text or one JSON object per line. The level is `info` for `letaxi serve` and
    /// `warn` for other commands, unless the variable `RUST_LOG` sets another, such as "debug" or "letaxi=debug".
    log: LogFormat = "\"text\"", "\"text\" or \"json\"", log_format;
}

impl Settings {
    /// Limits of requests.
    pub fn limits(&self) -> Limits {
        Limits {
            requests_per_s: self.requests_per_s,
            requests_burst: self.requests_burst,
            positions_per_s: self.positions_per_s,
            stranger_requests_per_s: self.stranger_requests_per_s,
        }
    }

    /// Days for which data are kept.
    pub fn kept(&self) -> KeptDays {
        KeptDays {
            taxis: self.taxis_kept_days,
            hails: self.hails_kept_days,
            exact_places: self.exact_places_kept_days,
            inspections: self.inspections_kept_days,
            activity: self.activity_kept_days,
        }
    }

    /// Name, logo, colour and contact.
    pub fn identity(&self) -> Identity {
        Identity {
            name: self.name.clone(),
            logo: self.logo.clone(),
            colour: self.colour,
            contact: self.contact.clone(),
            controller: self.controller.clone(),
            shows_legal_pages: self.legal_pages,
        }
    }

    /// Limits of connections.
    pub fn connection_limits(&self) -> Connections {
        Connections {
            most: self.connections,
            most_of_address: self.connections_per_address,
            trusted: self.trusted_proxies.clone(),
            patience: PATIENCE,
        }
    }
}

/// Gives a closure the type that the compiler cannot tell from its use.
fn read_by<T>(value: &Value, read: impl Fn(&Value) -> Option<T>) -> Option<T> {
    read(value)
}

fn read_default<T>(default: &str, read: impl Fn(&Value) -> Option<T>) -> T {
    let table = format!("x = {default}").parse::<toml::Table>().expect("defaults are TOML");
    read(&table["x"]).expect("defaults keep their own rule")
}

fn parsed<T: FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

/// A number, which the environment gives as text.
fn number<N: TryFrom<i64> + FromStr>(value: &Value) -> Option<N> {
    match value {
        Value::Integer(number) => (*number).try_into().ok(),
        value => parsed(value),
    }
}

fn positive(value: &Value) -> Option<usize> {
    number(value).filter(|number| *number > 0)
}

/// A number of days, of a century at most: a time so long ago can still be written.
fn days(value: &Value) -> Option<u32> {
    number(value).filter(|days| (1..=36_525).contains(days))
}

/// A text on one line, of so many characters at most.
fn line(value: &Value, longest: usize) -> Option<String> {
    let text = value.as_str()?.trim();
    let is_line = !text.contains(char::is_control) && (1..=longest).contains(&text.chars().count());
    is_line.then(|| text.to_owned())
}

fn database_url(value: &Value) -> Option<String> {
    let url = value.as_str()?;
    let known = ["sqlite://", "postgres://", "postgresql://"];
    known.iter().any(|scheme| url.starts_with(scheme)).then(|| url.to_owned())
}

/// URL to which a browser can be sent.
#[expect(clippy::option_option, reason = "the inner one is the type of the setting")]
fn page_url(value: &Value) -> Option<Option<String>> {
    let text = value.as_str()?;
    let url = url::Url::parse(text).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| Some(text.to_owned()))
}

/// Address of a mail server.
#[expect(clippy::option_option, reason = "the inner one is the type of the setting")]
fn smtp_url(value: &Value) -> Option<Option<String>> {
    let text = value.as_str()?;
    let url = url::Url::parse(text).ok()?;
    (matches!(url.scheme(), "smtp" | "smtps") && url.has_host()).then(|| Some(text.to_owned()))
}

/// Servers of NATS.
#[expect(clippy::option_option, reason = "the inner one is the type of the setting")]
fn nats_servers(value: &Value) -> Option<Option<String>> {
    let text = value.as_str()?;
    let is_server = |server: &str| {
        let url = url::Url::parse(server.trim()).ok();
        url.is_some_and(|url| matches!(url.scheme(), "nats" | "tls") && url.has_host())
    };
    text.split(',').all(is_server).then(|| Some(text.to_owned()))
}

/// Sender of mails, with or without a name.
#[expect(clippy::option_option, reason = "the inner one is the type of the setting")]
fn sender(value: &Value) -> Option<Option<String>> {
    let text = value.as_str()?;
    let address = text.rsplit('<').next().unwrap_or_default();
    registry::is_email(address).then(|| Some(text.to_owned()))
}

fn networks(value: &Value) -> Option<Networks> {
    let texts = value.as_array()?.iter().map(Value::as_str).collect::<Option<Vec<_>>>()?;
    Networks::read(texts)
}

/// Words without blanks.
fn words(value: &Value) -> Option<Vec<String>> {
    let word = |value: &Value| {
        let word = value.as_str()?;
        let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
        is_word.then(|| word.to_owned())
    };
    value.as_array()?.iter().map(word).collect()
}

fn log_format(value: &Value) -> Option<LogFormat> {
    match value.as_str()? {
        "text" => Some(LogFormat::Text),
        "json" => Some(LogFormat::Json),
        _ => None,
    }
}
