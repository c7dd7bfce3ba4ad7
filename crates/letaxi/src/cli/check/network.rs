//! Checks of other servers: bus, mail, geocoder, operators, certificates. A connection is opened and closed; nothing is
//! asked, and no hail is sent.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::iter;
use registry::{AccountId, Time};
use storage::checkup::OperatorFacts;
use tokio::time::timeout;
use url::Url;

use super::line::{Line, Status};
use crate::app::clock::Clock;
use crate::bus;
use crate::cli::start;
use crate::config::Settings;
use crate::mail::MailServer;
use crate::operator::{Guard, Reached, Unreached};

/// Days before the end of a certificate at which it should have been renewed. The alert has the same number.
const RENEWED_DAYS: i64 = 14;
/// Connections to operators' servers at the same time.
const AT_ONCE: usize = 64;
/// Time limit of each of them, with the look-up of its name and TLS.
const ENDPOINT_LIMIT: Duration = Duration::from_secs(8);

/// The bus, if there is one.
pub(super) async fn nats(settings: Arc<Settings>) -> Vec<Line> {
    const NAME: &str = "nats";
    let Some(servers) = &settings.nats else { return Vec::new() };
    let shown = start::servers_of(servers);
    vec![match bus::reach(servers).await {
        Ok(version) => Line::ok(NAME, format!("{shown} answers (nats-server {version})")),
        Err(error) => {
            let advice = "start it, or mend the setting nats: without it each server shows only the taxis that report \
                          to itself";
            Line::failed(NAME, format!("{shown} cannot be reached: {error}"), advice)
        }
    }]
}

/// The mail server, if there is one.
pub(super) async fn smtp(settings: Arc<Settings>) -> Vec<Line> {
    const NAME: &str = "smtp";
    let (Some(url), Some(from)) = (&settings.smtp, &settings.mail_from) else { return Vec::new() };
    // A fault of the settings is a line of its own.
    let Ok(server) = MailServer::new(url, from) else { return Vec::new() };
    let shown = start::without_user(url).split('?').next().unwrap_or_default().to_owned();
    vec![match server.reach().await {
        Ok(()) => Line::ok(NAME, format!("{shown} takes letters")),
        Err(refused) => {
            let advice =
                "people get no links to set a password: mend the setting smtp, or the mail server";
            Line::failed(NAME, format!("{shown}: {}", refused.0), advice)
        }
    }]
}

/// The geocoder, if there is one.
pub(super) async fn geocoder(settings: Arc<Settings>) -> Vec<Line> {
    const NAME: &str = "geocoder";
    let Some(url) = &settings.geocoder else { return Vec::new() };
    let reached = match guard(&settings) {
        Ok(guard) => guard.reach(None, url).await,
        Err(line) => return vec![line],
    };
    let advice =
        "hails without an address are refused meanwhile: mend the setting geocoder, or wait for it";
    vec![server(NAME, url, reached, advice)]
}

/// The certificate at the address at which people reach the registry.
pub(super) async fn own_certificate(settings: Arc<Settings>) -> Vec<Line> {
    const NAME: &str = "certificate";
    let Some(url) = settings.public_url.as_ref().filter(|url| url.starts_with("https:")) else {
        return Vec::new();
    };
    let reached = match guard(&settings) {
        Ok(guard) => guard.reach_own(url).await,
        Err(line) => return vec![line],
    };
    let host = host_of(url);
    vec![match reached {
        Ok(reached) => certificate(&reached, Clock::System.now())
            .unwrap_or_else(|| Line::ok(NAME, "it has no end that can be read"))
            .about(host),
        Err(error) => {
            let advice = "browsers and apps may be refused: look at the proxy, the port 443 and the certificate";
            Line::warning(NAME, error.to_string(), advice).about(host)
        }
    }]
}

/// Time limit of [`operators`], with so many of them.
pub(super) fn operators_limit(operators: usize) -> Duration {
    let rounds = u32::try_from(operators.div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
    ENDPOINT_LIMIT.saturating_mul(rounds.saturating_add(1))
}

/// The servers of operators, each on one line, with a line for all of them before.
pub(super) async fn operators(settings: Arc<Settings>, operators: Vec<OperatorFacts>) -> Vec<Line> {
    const NAME: &str = "operators";
    if operators.is_empty() {
        let advice = "create one: letaxi user create EMAIL --role operateur";
        return vec![Line::warning(NAME, "there is no operator that is enabled", advice)];
    }
    let guard = match guard(&settings) {
        Ok(guard) => guard,
        Err(line) => return vec![line],
    };
    // The registry itself takes the hails of this one.
    let is_own = |operator: &OperatorFacts| {
        operator.endpoint.is_empty()
            && settings.integration_account.as_ref().is_some_and(|email| *email == operator.email)
    };
    let operators: Vec<_> = operators.into_iter().filter(|operator| !is_own(operator)).collect();
    let now = Clock::System.now();
    let with_endpoint = operators.iter().filter(|operator| !operator.endpoint.is_empty()).count();
    let lines = iter(operators).map(|operator| endpoint(&guard, operator, now));
    let lines: Vec<Vec<Line>> = lines.buffered(AT_ONCE).collect().await;
    let reached = lines.iter().flatten();
    let reached = reached.filter(|line| line.name == "endpoint" && line.status == Status::Ok);
    let reached = reached.count();
    let value = format!("{reached} of {with_endpoint} endpoints reached");
    let all = Line::ok(NAME, value).fact("reached", reached).fact("endpoints", with_endpoint);
    let advice = "none can be reached: look at the names and the firewall of this machine";
    let is_cut_off = with_endpoint > 1 && reached == 0;
    let all = if is_cut_off { all.worse(Status::Failed, advice) } else { all };
    [vec![all], lines.concat()].concat()
}

/// Lines of one operator: its server, and the certificate of that.
async fn endpoint(guard: &Guard, operator: OperatorFacts, now: Time) -> Vec<Line> {
    const NAME: &str = "endpoint";
    let OperatorFacts { id, email, endpoint } = operator;
    if endpoint.is_empty() {
        let advice =
            format!("its hails fail; set it: letaxi user change {email} --hail-endpoint URL");
        return vec![Line::warning(NAME, "no hail endpoint is set", advice).about(email)];
    }
    let reached = timeout(ENDPOINT_LIMIT, guard.reach(Some(AccountId(id)), &endpoint)).await;
    let reached = reached.unwrap_or(Err(Unreached::Silent));
    let certificate = reached.as_ref().ok().and_then(|reached| certificate(reached, now));
    let advice =
        "its hails fail: tell the operator, or set its new address with `letaxi user change`";
    let line = server(NAME, &endpoint, reached, advice).about(email);
    let certificate = certificate.map(|line| line.about(host_of(&endpoint)));
    [line].into_iter().chain(certificate).collect()
}

/// A server of others that was reached or not.
fn server(
    name: &'static str,
    url: &str,
    reached: Result<Reached, Unreached>,
    advice: &str,
) -> Line {
    let host = host_of(url);
    match reached {
        Ok(reached) => Line::ok(name, format!("{host} is reached at {}", reached.address)),
        Err(error) => Line::warning(name, format!("{host}: {error}"), advice),
    }
}

/// Days until the end of the certificate of a server, if it has one.
fn certificate(reached: &Reached, now: Time) -> Option<Line> {
    let until = reached.certificate_until?;
    let days = (until - now).num_days();
    let value = format!("valid for {days} days, until {} UTC", until.format("%F %R"));
    let line = Line::ok("certificate", value).fact("days", days);
    let line = line.fact("valid_until", until.to_rfc3339());
    let advice = "it should have been renewed by now: look at what renews it";
    Some(if days < RENEWED_DAYS { line.worse(Status::Warning, advice) } else { line })
}

/// Host and port of an address, without what may be secret in it.
fn host_of(url: &str) -> String {
    let Ok(url) = Url::parse(url.trim()) else { return "an endpoint that is not a URL".to_owned() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", url.host_str().unwrap_or_default())
}

fn guard(settings: &Settings) -> Result<Guard, Line> {
    Guard::new(settings.private_endpoints.clone()).map_err(|fault| {
        let advice = "mend the names of this machine (/etc/resolv.conf)";
        Line::failed("operators", format!("no server can be called: {fault}"), advice)
    })
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn a_certificate_that_ends_within_a_fortnight_is_a_warning() {
        let now = Time::default();
        for (days, status) in [(90, Status::Ok), (14, Status::Ok), (13, Status::Warning)] {
            let certificate_until = Some(now + TimeDelta::days(days));
            let address = "192.0.2.1:443".parse().unwrap();
            let line = certificate(&Reached { address, certificate_until }, now).unwrap();
            assert_eq!(line.status, status, "{line}");
        }
    }

    #[test]
    fn an_address_is_shown_without_its_secrets() {
        for (url, shown) in [
            ("https://user:secret@example.org/hails?key=secret", "example.org"),
            ("http://[2001:db8::1]:8080/x", "[2001:db8::1]:8080"),
            ("no url with a secret", "an endpoint that is not a URL"),
        ] {
            assert_eq!(host_of(url), shown);
        }
    }
}
