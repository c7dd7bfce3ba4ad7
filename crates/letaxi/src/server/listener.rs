//! Serves a socket with graceful shutdown.
//!
//! **Invariant:** no client holds more than its share. Connections are limited, in total and per address;
//! idle ones are closed; heads of requests have limits of size, lines and time.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use axum::response::Response;
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
use super::lingering::lingering;
use crate::app::account::origin::{Networks, network};

/// Time limit for open requests after the signal to stop.
pub const GRACE: Duration = Duration::from_secs(10);
/// Time for which kept connections still take a request after the signal to stop. Its answer says that the connection ends.
/// A proxy that sends a request on a connection while that is closed does not learn whether it was taken, and repeats no
/// `POST`.
pub const LEAVING: Duration = Duration::from_secs(1);
/// Time limit for the head of a request, for the next request of a kept connection, and for a connection
/// without any traffic.
pub const PATIENCE: Duration = Duration::from_secs(75);
/// Maximum size of a request's head, in bytes.
pub const HEAD_BYTES: usize = 32 * 1024;
/// Maximum number of lines of a head.
pub const HEAD_LINES: usize = 100;
/// Maximum number of concurrent requests of an HTTP/2 connection.
const STREAMS: u32 = 100;

/// Limits of connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connections {
    /// In total; further ones wait.
    pub most: usize,
    /// From one address; further ones are closed.
    pub most_of_address: usize,
    /// Trusted proxies, without a limit per address.
    pub trusted: Networks,
    /// See [`PATIENCE`].
    pub patience: Duration,
}

/// Serves until `stop` becomes true or its sender is dropped; then accepts no more connections, no more requests after
/// [`LEAVING`], and finishes open ones, within [`GRACE`].
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
    let is_leaving = Arc::<AtomicBool>::default();
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await.expect("it is never closed");
            (place, Listener::accept(&mut listener).await)
        };
        let (place, (stream, peer)) = if is_leaving.load(Ordering::Relaxed) {
            // Connections that the system has accepted already would break with the listener.
            let Ok(next) = timeout(Duration::ZERO, next).await else { break };
            next
        } else {
            tokio::select! {
                next = next => next,
                // An error means that the sender is gone, so stop as well.
                _ = stop.wait_for(|stop| *stop) => {
                    is_leaving.store(true, Ordering::Relaxed);
                    continue;
                }
            }
        };
        let most = if connections.trusted.contain(peer.ip()) {
            usize::MAX
        } else {
            connections.most_of_address
        };
        let Some(counted) = Counted::new(&of_address, network(peer.ip()), most) else { continue };
        // Answers are written at once, so waiting for more gains nothing.
        let _ = stream.set_nodelay(true);
        let moved = Arc::<AtomicU64>::default();
        let io = TokioIo::new(Moving::new(stream, Arc::clone(&moved)));
        let connection = connection(&builder, io, router.clone(), peer, Arc::clone(&is_leaving));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let (_place, _counted) = (place, counted);
            tokio::select! {
                // The client knows the reason, and the server cannot correct it.
                _ = connection => {}
                () = stalled(&moved, connections.patience) => {}
            }
        });
    }
    drop(listener);
    let _ = timeout(LEAVING, emptied(&graceful)).await;
    let _ = timeout(GRACE, graceful.shutdown()).await;
}

/// Completes when no connection is open.
async fn emptied(graceful: &GracefulShutdown) {
    const PAUSE: Duration = Duration::from_millis(20);
    while graceful.count() > 0 {
        let _ = timeout(PAUSE, std::future::pending::<()>()).await;
    }
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
    is_leaving: Arc<AtomicBool>,
) -> impl hyper_util::server::graceful::GracefulConnection<Error: Send> + Send + 'static {
    let service = router.map_request(move |request: Request<hyper::body::Incoming>| {
        let mut request = request.map(lingering);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    // HTTP/2 has no such header, and hyper leaves it out there.
    let told = move |mut response: Response| {
        if is_leaving.load(Ordering::Relaxed) {
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    };
    let service = ServiceExt::<Request<hyper::body::Incoming>>::map_response(service, told);
    builder.serve_connection(io, TowerToHyperService::new(service)).into_owned()
}

/// Completes after a time without traffic.
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

/// A connection that counts for its address while this exists.
struct Counted {
    all: Arc<DashMap<IpAddr, usize>>,
    address: IpAddr,
}

impl Counted {
    /// `None` if the address has reached its limit.
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
