//! Serving on a socket until told to stop, finishing what was begun.

use std::future::Future;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

/// How long a request that was begun may take once the server is told to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` comes; then takes no more requests and finishes those it has.
///
/// # Errors
///
/// If the socket fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}
