//! Signals that end a command.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that the first SIGINT (Ctrl-C), SIGTERM or SIGHUP cancels. The second one ends the process.
pub(super) fn cancelled_by_signal() -> anyhow::Result<CancellationToken> {
    cancelled_by_signal_or(|| {})
}

/// Like [`cancelled_by_signal`]; `clean_up` runs before a second signal ends the process.
pub(super) fn cancelled_by_signal_or(
    clean_up: impl Fn() + Send + 'static,
) -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let token = stop.clone();
    let mut interrupts = signal(SignalKind::interrupt())?;
    let mut terminations = signal(SignalKind::terminate())?;
    let mut hang_ups = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupts.recv() => {}
                _ = terminations.recv() => {}
                _ = hang_ups.recv() => {}
            }
            if token.is_cancelled() {
                clean_up();
                // 128 + SIGINT, the convention of shells.
                std::process::exit(130);
            }
            token.cancel();
        }
    });
    Ok(stop)
}
