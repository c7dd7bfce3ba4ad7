//! Serving on a socket until told to stop, finishing what was begun.
//!
//! **Invariant:** nobody holds more than its part. Connections are counted, in all and per address; one
//! on which nothing moves is closed; heads of requests have a size, a number of lines and a time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use dashmap::DashMap;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tower::ServiceExt;

use super::idle::Moving;
use crate::app::account::origin::{Networks, network};

/// How long requests that were begun may take once the server is told to stop.
pub const GRACE: Duration = Duration::from_secs(10);
/// How long the head of a request may take, a connection that is kept may wait for its next one, and
/// one is kept on which not one byte moves, either way.
pub const PATIENCE: Duration = Duration::from_secs(75);
/// The largest head of a request, in bytes.
pub const HEAD_BYTES: usize = 32 * 1024;
/// How many lines a head may have.
pub const HEAD_LINES: usize = 100;
/// How many requests one HTTP/2 connection may have under way.
const STREAMS: u32 = 100;

/// How many connections there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connections {
    /// In all; more wait until one is closed.
    pub most: usize,
    /// From one address; more are closed at once.
    pub most_of_address: usize,
    /// Addresses that may have as many as there are: proxies of ours.
    pub trusted: Networks,
    /// See [`PATIENCE`].
    pub patience: Duration,
}

/// Serves until `stop` becomes true, or nobody is left who could say so; then takes no more
/// requests and finishes those it has, for [`GRACE`] at the most.
pub async fn serve(
    mut listener: TcpListener,
    router: Router,
    connections: Connections,
    mut stop: watch::Receiver<bool>,
) {
    let builder = builder(connections.patience);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(connections.most.min(Semaphore::MAX_PERMITS)));
    let of_address = Arc::<DashMap<IpAddr, usize>>::default();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
            (place, Listener::accept(&mut listener).await)
        };
        let (place, (stream, peer)) = tokio::select! {
            next = next => next,
            // An error means that the one who could tell is gone: stop as well.
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let most = if connections.trusted.contain(peer.ip()) {
            usize::MAX
        } else {
            connections.most_of_address
        };
        let Some(counted) = Counted::new(&of_address, network(peer.ip()), most) else { continue };
        // Answers are written whole, so nothing is won by waiting for more.
        let _ = stream.set_nodelay(true);
        let moved = Arc::<AtomicU64>::default();
        let io = TokioIo::new(Moving::new(stream, Arc::clone(&moved)));
        let connection = connection(&builder, io, router.clone(), peer);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let (_place, _counted) = (place, counted);
            tokio::select! {
                // Whoever is at the other end knows what went wrong; we cannot mend it.
                _ = connection => {}
                () = stalled(&moved, connections.patience) => {}
            }
        });
    }
    drop(listener);
    let _ = timeout(GRACE, graceful.shutdown()).await;
}

type Auto = Builder<TokioExecutor>;

fn builder(patience: Duration) -> Auto {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_headers(HEAD_LINES)
        .max_buf_size(HEAD_BYTES);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .max_header_list_size(u32::try_from(HEAD_BYTES).expect("a few kilobytes"));
    builder
}

fn connection(
    builder: &Auto,
    io: TokioIo<Moving<TcpStream>>,
    router: Router,
    peer: SocketAddr,
) -> impl hyper_util::server::graceful::GracefulConnection<Error: Send> + Send + 'static {
    let service = router.map_request(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    builder.serve_connection(io, TowerToHyperService::new(service)).into_owned()
}

/// Ends when nothing has moved for so long.
async fn stalled(moved: &AtomicU64, patience: Duration) {
    let mut before = None;
    loop {
        let now = Some(moved.load(Ordering::Relaxed));
        if now == before {
            return;
        }
        before = now;
        let _ = timeout(patience, std::future::pending::<()>()).await;
    }
}

/// A connection that is counted as one of its address, as long as this is kept.
struct Counted {
    all: Arc<DashMap<IpAddr, usize>>,
    address: IpAddr,
}

impl Counted {
    /// `None` if the address has as many as it may.
    fn new(all: &Arc<DashMap<IpAddr, usize>>, address: IpAddr, most: usize) -> Option<Self> {
        let mut count = all.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Self { all: Arc::clone(all), address })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(mut count) = self.all.get_mut(&self.address) {
            *count -= 1;
        }
        self.all.remove_if(&self.address, |_, count| *count == 0);
    }
}
