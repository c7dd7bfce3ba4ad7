//! Starts the parts that commands need: store, secret key, registry.

use std::sync::Arc;

use anyhow::{Context, bail};
use storage::nodes::{NodeCard, NodeId};
use storage::{Process, ServingLock, Sharing, Store};
use url::Url;

use crate::app;
use crate::app::account::post::Post;
use crate::app::account::provider::Provider;
use crate::app::account::secrets::Secrets;
use crate::app::clock::{Clock, SteeredClock};
use crate::app::hail::geocoder::Geocoder;
use crate::app::nodes::Membership;
use crate::app::{App, Parts};
use crate::bus::NatsBus;
use crate::config::Settings;
use crate::contract;
use crate::mail::MailServer;
use crate::operator::provider::{ProviderClient, ProviderSettings};
use crate::operator::{GeocoderClient, Guard, OperatorClient};

/// Opens the database and updates its tables.
pub(super) async fn store(settings: &Settings, process: Process) -> anyhow::Result<Arc<dyn Store>> {
    storage::open_as(&settings.database, process).await.with_context(|| cannot_use(settings))
}

/// Takes the server's lock on the database.
pub(super) async fn lock(settings: &Settings) -> anyhow::Result<ServingLock> {
    let sharing = if settings.nats.is_some() { Sharing::WithOthers } else { Sharing::Alone };
    storage::lock(&settings.database, sharing).await.with_context(|| cannot_use(settings))
}

/// Sentence before the reason.
pub(super) fn cannot_use(settings: &Settings) -> String {
    format!("the database {} cannot be used", storage::without_password(&settings.database))
}

/// Parts of a registry. The first start creates the secret key; a database with accounts needs its existing
/// one.
async fn parts(settings: &Settings, mut membership: Option<Membership>) -> anyhow::Result<Parts> {
    let process = match &membership {
        None => Process::Command,
        Some(_) if settings.nats.is_none() => Process::Alone,
        Some(membership) => Process::Node(membership.card.id),
    };
    let store = store(settings, process).await?;
    let (accounts, _) = store.accounts().await?;
    let key_file = settings.secret_key_file();
    if settings.secret_key_file.is_some() && !key_file.exists() && accounts.is_empty() {
        tracing::warn!(
            file = %key_file.display(),
            "there is no secret key yet, so one is made; if there should be one, its folder may not be mounted"
        );
    }
    let secrets = Secrets::open(&key_file, accounts.is_empty())?;
    let clock = join_bus(settings, membership.as_mut(), &secrets).await?;
    let operators = OperatorClient::new(settings.private_endpoints.clone())
        .context("calls to operators' servers cannot be set up")?;
    let geocoder = match &settings.geocoder {
        None => None,
        Some(url) => {
            let guard = Guard::new(settings.private_endpoints.clone());
            let guard = guard.context("the geocoder cannot be used")?;
            Some(Arc::new(GeocoderClient::new(guard, url)) as Arc<dyn Geocoder>)
        }
    };
    Ok(Parts {
        store,
        clock,
        secrets,
        settings: app::Settings {
            integration_account: settings.integration_account.clone(),
            neutral_operator: settings.neutral_operator,
            fake_taxi_id: settings.fake_taxi_id,
            console_url: settings.console_url.clone(),
            swagger_url: settings.swagger_url.clone(),
            public_url: settings.public_url.clone(),
            second_step: settings.second_step,
            metrics_apart: settings.metrics.is_some(),
            limits: settings.limits(),
            trusted_proxies: settings.trusted_proxies.clone(),
            kept: settings.kept(),
            search_sampling: settings.search_sampling,
            accepts_traceparent: settings.traces.is_some() && settings.traces_accept_parent,
            identity: settings.identity(),
            sandbox: settings.sandbox,
        },
        wording: contract::WORDING,
        operators: Arc::new(operators),
        geocoder,
        post: post(settings)?,
        provider: provider(settings)?,
        membership,
    })
}

/// Connects a server to its bus, if the settings name one. Returns the clock: the database's, once servers share one.
async fn join_bus(
    settings: &Settings,
    membership: Option<&mut Membership>,
    secrets: &Secrets,
) -> anyhow::Result<Clock> {
    let (Some(membership), Some(nats)) = (membership, &settings.nats) else {
        return Ok(Clock::System);
    };
    let clock = Clock::Database(SteeredClock::default());
    let ca = settings.nats_ca.as_deref();
    if let Some(file) = ca.filter(|file| !file.is_file()) {
        bail!("the setting nats_ca: there is no file {}", file.display());
    }
    let id = membership.card.id;
    let bus = Box::pin(NatsBus::open(nats, ca, secrets.bus(), id, clock.clone())).await?;
    membership.bus = Some(Arc::new(bus));
    Ok(clock)
}

/// The sender of letters, if the settings name a mail server.
pub(super) fn post(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Post>>> {
    let Some(server) = &settings.smtp else { return Ok(None) };
    let (Some(from), Some(_)) = (&settings.mail_from, &settings.public_url) else {
        bail!(
            "the setting smtp also needs mail_from, the sender, and public_url, with which links begin"
        );
    };
    Ok(Some(Arc::new(MailServer::new(server, from)?)))
}

/// The identity provider, if the settings name one.
fn provider(settings: &Settings) -> anyhow::Result<Option<Arc<dyn Provider>>> {
    let Some(issuer) = &settings.openid_issuer else { return Ok(None) };
    let (Some(client_id), Some(secret_file), Some(public_url)) =
        (&settings.openid_client_id, &settings.openid_client_secret_file, &settings.public_url)
    else {
        bail!(
            "the setting openid_issuer also needs openid_client_id, openid_client_secret_file, and public_url, to \
             which people return"
        );
    };
    let secret = std::fs::read_to_string(secret_file)
        .with_context(|| format!("{}, of openid_client_secret_file", secret_file.display()))?;
    let secret = secret.trim();
    if secret.is_empty() {
        bail!("{}, of openid_client_secret_file, is empty", secret_file.display());
    }
    let host = || Some(Url::parse(issuer).ok()?.host_str()?.to_owned());
    let client = ProviderSettings {
        issuer: issuer.clone(),
        client_id: client_id.clone(),
        client_secret: secret.to_owned(),
        name: settings.openid_name.clone().or_else(host).unwrap_or_default(),
        scopes: settings.openid_scopes.clone(),
        userinfo: settings.openid_userinfo,
        acr_values: settings.openid_acr_values.clone(),
        second_step: settings.openid_second_step.clone(),
        links_by_email: settings.openid_links_by_email,
        public_url: public_url.clone(),
    };
    let guard = Guard::new(settings.private_endpoints.clone());
    let guard = guard.context("the identity provider cannot be used")?;
    Ok(Some(Arc::new(ProviderClient::new(guard, client)?)))
}

/// A registry for administrative commands: memory is not loaded.
pub(super) async fn open(settings: &Settings) -> anyhow::Result<App> {
    Ok(App::open(parts(settings, None).await?))
}

/// A registry with all of memory.
pub(super) async fn start(settings: &Settings) -> anyhow::Result<Arc<App>> {
    let parts = parts(settings, None).await?;
    App::start(parts).await.context("the registry cannot be read")
}

/// A registry for service, in the list of nodes.
pub(super) async fn start_node(settings: &Settings) -> anyhow::Result<Arc<App>> {
    let parts = parts(settings, Some(membership(settings))).await?;
    let app = App::start(parts).await.context("the registry cannot be read")?;
    app.join_nodes().await.with_context(|| cannot_use(settings))?;
    Ok(app)
}

/// An address of a server without user, password and the name of its kind.
pub(super) fn without_user(server: &str) -> &str {
    let server = server.split_once("://").map_or(server, |(_, server)| server);
    server.rsplit_once('@').map_or(server, |(_, server)| server)
}

/// This server among those of its database.
fn membership(settings: &Settings) -> Membership {
    // Not from a file: the packaged unit hides those of /proc.
    let machine = rustix::system::uname();
    let card = NodeCard {
        // Positive, so that it reads alike everywhere.
        id: NodeId(rand::random_range(1..=i64::MAX)),
        name: format!("{}:{}", machine.nodename().to_string_lossy(), settings.http.port()),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        bus: settings.nats.as_deref().map(servers_of).unwrap_or_default(),
        areas: String::new(),
    };
    Membership { card, bus: None }
}

/// The servers that the setting `nats` names, without users and passwords, in one order.
pub(super) fn servers_of(nats: &str) -> String {
    let mut servers: Vec<_> = nats.split(',').map(str::trim).map(without_user).collect();
    servers.sort_unstable();
    servers.join(",")
}
