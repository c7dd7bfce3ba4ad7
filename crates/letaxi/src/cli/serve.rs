//! `letaxi serve`: runs the registry.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use storage::ServingLock;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use super::demo::{self, Wanted};
use super::flags::Flags;
use super::log::{self, ServerLog};
use super::{import, start};
use crate::app::App;
use crate::app::monitor::metrics::Measured;
use crate::config::Settings;
use crate::server::listener::{self, Connections};
use crate::server::monitor;
use crate::service;
use crate::udp::serve::{Datagrams, WANTED_BUFFER_BYTES};

/// File descriptors that are reserved for the database and calls to operators.
const OTHER_FILES: usize = 256;

/// Runs the registry until SIGTERM or Ctrl-C.
#[derive(Args, Debug)]
#[command(
    after_help = "Example: letaxi serve --http 0.0.0.0:5000 --database postgres://letaxi@db/letaxi"
)]
pub(super) struct Serve {
    /// Accept a territory with approximate borders, which are not for service
    #[arg(long)]
    allow_approximate: bool,

    #[command(flatten)]
    flags: Flags,
}

impl Serve {
    /// Settings given on the command line.
    pub(super) fn flags(&self) -> Vec<(&'static str, String)> {
        self.flags.0.clone()
    }
}

pub(super) async fn run(args: &Serve, settings: &Settings) -> anyhow::Result<()> {
    let traces = log::traces(settings)?;
    let log = ServerLog::start(settings, traces.as_deref())?;
    if settings.nats.is_some() && storage::sqlite_file(&settings.database).is_some() {
        bail!(
            "the setting nats is for several servers on one PostgreSQL; a database of SQLite has one server: leave \
             nats out, or set database to postgres://USER@HOST/NAME"
        );
    }
    // Taken first: this version's tables may differ from those of a running server.
    let lock = start::lock(settings).await?;
    // If the database cannot be reached, the start reports it with more detail.
    let is_new = !storage::backup::exists(&settings.database).await.unwrap_or(true);
    let app = start::start_node(settings).await?;
    app.show_also(log.counts());
    if let Some(traces) = &traces {
        app.show_also(Arc::clone(traces) as Arc<dyn Measured>);
    }
    warn_of_an_empty_registry(&app, settings, is_new).await?;
    let places = app.places();
    if places.approximate && !(args.allow_approximate || settings.approximate_territory) {
        bail!(
            "the territory in the database has approximate borders, not for service: import real \
             ones (letaxi import DIR), or serve it all the same with --allow-approximate"
        );
    }
    let listener = listen(settings.http, "--http").await?;
    let datagrams = match settings.udp {
        Some(address) => Some(listen_for_datagrams(address).await?),
        None => None,
    };
    let metrics = match settings.metrics {
        Some(address) => Some(listen_for_metrics(address).await?),
        None => None,
    };
    tracing::info!(
        address = %listener.local_addr()?,
        towns = places.territory.towns().len(),
        zones = places.territory.zones().len(),
        "serving"
    );
    let (stopper, stop) = watch::channel(false);
    tokio::spawn(async move {
        stop_signal().await;
        // Fails only if everything has stopped already.
        let _ = stopper.send(true);
    });
    let sockets =
        Sockets { http: listener, connections: connections(settings), metrics, datagrams };
    let outcome = at_work(app, lock, sockets, stop).await;
    if let Some(traces) = traces {
        traces.end().await;
    }
    outcome?;
    tracing::info!("stopped");
    Ok(())
}

/// Logs warnings about an empty registry, the result of a start in a wrong folder or with a wrong setting.
async fn warn_of_an_empty_registry(
    app: &App,
    settings: &Settings,
    is_new: bool,
) -> anyhow::Result<()> {
    let database = storage::without_password(&settings.database);
    let folder = std::env::current_dir()?;
    if is_new {
        tracing::warn!(
            %database,
            folder = %folder.display(),
            secret_key = %settings.secret_key_file().display(),
            "there was no registry here: a NEW, EMPTY one was made. If you have one already, stop and name it \
             with --database or in letaxi.toml, or start in its folder"
        );
    }
    if app.all_accounts().await?.is_empty() {
        tracing::warn!(
            "the registry has no accounts, so nobody can call it; next, type: letaxi import DIR, or letaxi user \
             create EMAIL --role admin"
        );
    }
    Ok(())
}

/// Creates a registry with a territory and accounts in one folder, and serves it until the process ends;
/// returns its address.
pub(super) async fn embedded(wanted: Wanted<'_>) -> anyhow::Result<SocketAddr> {
    let database = wanted.folder.join("letaxi.db");
    let back_office = wanted.back_office.to_string();
    let settings = Settings {
        http: ([127, 0, 0, 1], 0).into(),
        udp: None,
        database: storage::sqlite_url(&database),
        private_endpoints: vec![back_office.parse()?],
        integration_account: Some(demo::INTEGRATION_EMAIL.to_owned()),
        sandbox: true,
        // It serves nobody but the fleet and the passengers of this process.
        requests_per_s: 0,
        positions_per_s: 0,
        stranger_requests_per_s: 0,
        ..Settings::default()
    };
    log::of_command(&settings, "warn")?;
    let lock = start::lock(&settings).await?;
    let app = start::open(&settings).await?;
    import::quietly(&app, wanted.territory, wanted.users).await?;
    drop(app);
    let app = start::start(&settings).await?;
    let listener = listen(settings.http, "--http").await?;
    let address = listener.local_addr()?;
    let connections = settings.connection_limits();
    let sockets = Sockets { http: listener, connections, metrics: None, datagrams: None };
    let (stopper, stop) = watch::channel(false);
    tokio::spawn(async move {
        // Kept, so that the registry does not stop before the process does.
        let _stopper = stopper;
        if let Err(error) = at_work(app, lock, sockets, stop).await {
            tracing::error!(%error, "the embedded registry stopped");
        }
    });
    Ok(address)
}

/// Listening sockets of a registry.
struct Sockets {
    http: TcpListener,
    /// Limits of open connections.
    connections: Connections,
    metrics: Option<TcpListener>,
    datagrams: Option<Datagrams>,
}

async fn at_work(
    app: Arc<App>,
    mut lock: ServingLock,
    sockets: Sockets,
    stop: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    // The first of these that fails ends all others, and the process with an error: a supervisor restarts it,
    // and the start finds all state in the database.
    let scheduler =
        async { Arc::clone(&app).run(stop.clone()).await.context("the scheduler failed") };
    let router = service::router(Arc::clone(&app));
    let http = async {
        listener::serve(sockets.http, router, sockets.connections, stop.clone()).await;
        anyhow::Ok(())
    };
    let metrics = async {
        let Some(listener) = sockets.metrics else { return Ok(()) };
        let router = monitor::router(Arc::clone(&app));
        listener::serve(listener, router, Settings::default().connection_limits(), stop.clone())
            .await;
        Ok(())
    };
    let udp = async {
        let Some(datagrams) = sockets.datagrams.map(Arc::new) else { return Ok(()) };
        app.show_also(Arc::clone(&datagrams) as Arc<dyn Measured>);
        let serving = tokio::spawn(take_datagrams(datagrams, Arc::clone(&app), stop.clone()));
        serving.await.context("the UDP interface failed")
    };
    let alone = stay_alone(&mut lock, stop.clone());
    let listed = async {
        let stopped = "this server stops: others have taken its place";
        app.stay_listed(stop.clone()).await.context(stopped)
    };
    tokio::try_join!(http, metrics, udp, scheduler, alone, listed)?;
    app.finish().await.context("the last searches and positions were not written")
}

/// Keeps the lock on the database until `stop` is set; fails when another server has taken it.
async fn stay_alone(lock: &mut ServingLock, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
    tokio::select! {
        error = lock.taken_over() => {
            Err(error).context("this server stops: the connection with its lock on the database was lost")
        }
        _ = stop.wait_for(|stop| *stop) => Ok(()),
    }
}

/// Reads datagrams until `stop` is set. The kernel may run short of memory for a moment: hails continue, and
/// datagrams resume a second later.
async fn take_datagrams(datagrams: Arc<Datagrams>, app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while let Err(error) = datagrams.serve(Arc::clone(&app), stop.clone()).await {
        tracing::error!(%error, "the UDP socket failed; retrying");
        if timeout(Duration::from_secs(1), stop.wait_for(|stop| *stop)).await.is_ok() {
            return;
        }
    }
}

async fn listen_for_datagrams(address: SocketAddr) -> anyhow::Result<Datagrams> {
    let datagrams = Datagrams::listen(address).await.with_context(|| {
        format!(
            "cannot take datagrams on {address}: another program may have it; choose with --udp \
             (or --udp none)"
        )
    })?;
    let (address, buffer_bytes) = (datagrams.address()?, datagrams.buffer_bytes()?);
    tracing::info!(%address, buffer_bytes, "taking datagrams");
    if buffer_bytes < WANTED_BUFFER_BYTES {
        tracing::info!(
            "the kernel lets few datagrams wait; if they come in great numbers, let more: \
             sysctl -w net.core.rmem_max={WANTED_BUFFER_BYTES}"
        );
    }
    Ok(datagrams)
}

async fn listen_for_metrics(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = listen(address, "the setting metrics").await?;
    tracing::info!(address = %listener.local_addr()?, "showing metrics");
    Ok(listener)
}

/// Number of connections: the setting, or less if the system limits open files.
fn connections(settings: &Settings) -> Connections {
    let mut connections = settings.connection_limits();
    let files =
        std::fs::read_to_string("/proc/self/limits").ok().and_then(|text| open_files(&text));
    let room = files.map_or(usize::MAX, |files| files.saturating_sub(OTHER_FILES).max(1));
    if room < connections.most {
        tracing::warn!(
            connections = room,
            "fewer connections than set: the system lets this process open {} files; raise it \
             (ulimit -n, LimitNOFILE), or set connections",
            files.unwrap_or_default()
        );
        connections.most = room;
    }
    connections
}

/// Limit of open files of this process, from Linux's `/proc/self/limits`.
fn open_files(limits: &str) -> Option<usize> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

async fn listen(address: SocketAddr, chosen_by: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: another program may have it; choose with {chosen_by}")
    })
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = interrupt.await;
    }
}
