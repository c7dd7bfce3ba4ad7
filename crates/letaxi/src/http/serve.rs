//! Serving on a socket until told to stop, finishing what was begun.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long requests that were begun may take once the server is told to stop.
pub const GRACE: Duration = Duration::from_secs(10);

/// Serves until `stop` becomes true, or nobody is left who could say so; then takes no more
/// requests and finishes those it has, for [`GRACE`] at the most.
///
/// # Errors
///
/// If the socket fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let told = |mut stop: watch::Receiver<bool>| async move {
        // An error means that the one who could tell is gone: stop as well.
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(told(stop.clone()));
    let out_of_time = async {
        told(stop).await;
        timeout(GRACE, std::future::pending::<()>()).await
    };
    tokio::select! {
        served = serving => served,
        _ = out_of_time => Ok(()),
    }
}
