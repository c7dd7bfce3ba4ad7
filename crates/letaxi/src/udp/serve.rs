//! Taking datagrams from a socket until told to stop.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use socket2::SockRef;
use tokio::net::UdpSocket;
use tokio::sync::watch;

use super::counts::Counts;
use super::datagram::MAX_BYTES;
use super::kernel::Inode;
use super::take;
use crate::app::App;
use crate::app::monitor::metrics::{Labels, Measured, Page};

/// How much may wait to be taken, in bytes: at 100,000 datagrams a second about half a second.
pub const WANTED_BUFFER_BYTES: usize = 16 * 1024 * 1024;

/// How many datagrams are taken before others get their turn.
const AT_ONCE: usize = 64;

/// A socket that datagrams are taken from, and what became of them.
#[derive(Debug)]
pub struct Datagrams {
    socket: UdpSocket,
    inode: Option<Inode>,
    counts: Counts,
}

impl Datagrams {
    /// Opens a socket.
    ///
    /// # Errors
    ///
    /// If the address is not ours, or taken.
    pub async fn listen(address: SocketAddr) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        // A smaller one serves as well, with less time to catch up; the log says so.
        let _ = SockRef::from(&socket).set_recv_buffer_size(WANTED_BUFFER_BYTES);
        let inode = Inode::of(&socket);
        Ok(Self { socket, inode, counts: Counts::default() })
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// If the socket is broken.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// How much the kernel lets wait to be taken, in bytes; up to [`WANTED_BUFFER_BYTES`].
    ///
    /// # Errors
    ///
    /// If the socket is broken.
    pub fn buffer_bytes(&self) -> std::io::Result<usize> {
        // Linux doubles what it was asked for, to make room for its own notes, and tells the double.
        Ok(SockRef::from(&self.socket).recv_buffer_size()? / 2)
    }

    /// What became of the datagrams that were taken from it.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many the kernel dropped because they were not taken in time; `None` where it does not
    /// tell.
    pub fn kernel_drops(&self) -> Option<u64> {
        self.inode?.drops()
    }

    /// Takes datagrams until `stop` becomes true, or nobody is left who could say so.
    ///
    /// # Errors
    ///
    /// If the socket fails.
    pub async fn serve(
        &self,
        app: Arc<App>,
        mut stop: watch::Receiver<bool>,
    ) -> std::io::Result<()> {
        // One byte more than a datagram may have: what fills it all was longer.
        let mut buffer = [0; MAX_BYTES + 1];
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return Ok(()),
                readable = self.socket.readable() => readable?,
            }
            while self.take_some(&app, &mut buffer)? {
                tokio::task::yield_now().await;
                if *stop.borrow() {
                    return Ok(());
                }
            }
        }
    }

    /// Takes some of the datagrams that wait; false once none does.
    fn take_some(&self, app: &App, buffer: &mut [u8; MAX_BYTES + 1]) -> std::io::Result<bool> {
        for _ in 0..AT_ONCE {
            let (length, from) = match self.socket.try_recv_from(buffer) {
                Ok(received) => received,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            };
            let taken = app.caught_now(|| take(app, &buffer[..length]));
            let (outcome, account) = taken.unwrap_or_else(|error| {
                tracing::error!(%error, from = %from.ip(), "a datagram could not be taken");
                (super::Outcome::Failed, None)
            });
            self.counts.add(outcome, account, from.ip());
            if outcome != super::Outcome::Taken {
                let account = account.map(|account| account.0);
                tracing::debug!(why = outcome.word(), account, from = %from.ip(), "a datagram was dropped");
            }
        }
        Ok(true)
    }
}

impl Measured for Datagrams {
    fn show(&self, page: &mut Page<'_>) -> fmt::Result {
        self.counts.show(page)?;
        // Nothing where the kernel does not tell: that is not the same as none.
        let drops = self.kernel_drops().map(|drops| (Labels::new(), drops));
        page.counter("datagrams_kernel_dropped", "Datagrams that the kernel dropped untaken", drops)
    }
}
