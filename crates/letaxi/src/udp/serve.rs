//! Reads datagrams from a socket until the server stops.

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
use crate::app::monitor::metrics::{Exposition, Labels, Measured};

/// Requested size of the receive buffer in bytes: about half a second at 100,000 datagrams a second.
pub const WANTED_BUFFER_BYTES: usize = 16 * 1024 * 1024;

/// Number of datagrams processed before the task yields.
const AT_ONCE: usize = 64;

/// A socket for datagrams, with counters of their outcomes.
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
    /// If the address is not local or is in use.
    pub async fn listen(address: SocketAddr) -> std::io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        // A smaller buffer works, with less time to catch up; the log reports it.
        let _ = SockRef::from(&socket).set_recv_buffer_size(WANTED_BUFFER_BYTES);
        let inode = Inode::of(&socket);
        Ok(Self { socket, inode, counts: Counts::default() })
    }

    /// The local address.
    ///
    /// # Errors
    ///
    /// If the socket is broken.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Size of the receive buffer in bytes, at most [`WANTED_BUFFER_BYTES`].
    ///
    /// # Errors
    ///
    /// If the socket is broken.
    pub fn buffer_bytes(&self) -> std::io::Result<usize> {
        // Linux doubles the requested size, for its own records, and reports the double.
        Ok(SockRef::from(&self.socket).recv_buffer_size()? / 2)
    }

    /// Counters of the datagrams read from it.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Number of datagrams that the kernel dropped because they were not read in time; `None` if the kernel
    /// does not provide it.
    pub fn kernel_drops(&self) -> Option<u64> {
        self.inode?.drops()
    }

    /// Reads datagrams until `stop` becomes true or its sender is dropped.
    ///
    /// # Errors
    ///
    /// If the socket fails.
    pub async fn serve(
        &self,
        app: Arc<App>,
        mut stop: watch::Receiver<bool>,
    ) -> std::io::Result<()> {
        // One byte more than a datagram may have: a full buffer means that it is too long.
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

    /// Reads some of the waiting datagrams; false if none is left.
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
    fn show(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        self.counts.show(exposition)?;
        // Omitted if the kernel does not provide it, because that is not zero.
        let drops = self.kernel_drops().map(|drops| (Labels::new(), drops));
        exposition.counter(
            "datagrams_kernel_dropped",
            "Datagrams that the kernel dropped untaken",
            drops,
        )
    }
}
