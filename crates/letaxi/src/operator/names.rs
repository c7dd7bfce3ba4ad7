//! Names of hosts to their addresses, as the system says (`/etc/hosts`, its name servers), one question
//! a name at a time.
//!
//! The system is asked on a thread, which waits as long as a name server keeps silent, however soon we
//! lose patience. So whoever asks for a name that is being asked for waits for that answer, and there
//! is a bound on the threads: a name server that hangs delays those whose names it serves.

use std::collections::HashMap;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long a name may take to resolve.
const PATIENCE: Duration = Duration::from_secs(5);

/// The addresses of a name, with port 0; `None` if it has none, or the system failed.
type Found = Option<Arc<[SocketAddr]>>;
/// Asks the system, and waits for it.
type Ask = dyn Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Those who ask for names, and what they wait for.
pub(super) struct Names {
    ask: Box<Ask>,
    threads: Arc<Semaphore>,
    asked: Mutex<HashMap<String, watch::Receiver<Option<Found>>>>,
}

impl Names {
    /// The system's names, asked for on so many threads at most.
    pub(super) fn of_system(threads: usize) -> Arc<Self> {
        Self::of(threads, |name| Ok((name, 0).to_socket_addrs()?.collect()))
    }

    fn of(
        threads: usize,
        ask: impl Fn(&str) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let threads = Arc::new(Semaphore::new(threads));
        Arc::new(Self { ask: Box::new(ask), threads, asked: Mutex::default() })
    }

    /// The addresses of a name, if it has any and they are found in time.
    pub(super) async fn resolve(self: &Arc<Self>, name: &str) -> Found {
        let mut answer = self.answer_for(name);
        let found = timeout(PATIENCE, answer.wait_for(Option::is_some)).await.ok()?.ok()?;
        found.clone().flatten()
    }

    fn answer_for(self: &Arc<Self>, name: &str) -> watch::Receiver<Option<Found>> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = asked.get(name) {
            return answer.clone();
        }
        let (sender, answer) = watch::channel(None);
        asked.insert(name.to_owned(), answer.clone());
        drop(asked);
        let (names, name) = (Arc::clone(self), name.to_owned());
        tokio::spawn(async move {
            let turn = Arc::clone(&names.threads).acquire_owned().await;
            let asking = spawn_blocking(move || {
                // Held by the thread: it is in use until the system answers.
                let _turn = turn;
                let found = (names.ask)(&name).ok().map(Arc::from);
                names.asked.lock().unwrap_or_else(PoisonError::into_inner).remove(&name);
                // Those who waited may have lost their patience.
                let _ = sender.send(Some(found));
            });
            if let Err(error) = asking.await {
                tracing::error!(%error, "a name could not be asked for");
            }
        });
        answer
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use tokio::task::JoinSet;

    use super::*;

    const THREADS: usize = 8;

    /// Names of which those that begin with `slow` have no answer until the sender is gone, and how
    /// often the system was asked.
    fn names() -> (Arc<Names>, mpsc::Sender<()>, Arc<AtomicUsize>) {
        let (silence, heard) = mpsc::channel::<()>();
        let (heard, count) = (Mutex::new(heard), Arc::<AtomicUsize>::default());
        let counted = Arc::clone(&count);
        let names = Names::of(THREADS, move |name| {
            counted.fetch_add(1, Ordering::SeqCst);
            match name {
                "none" => Err(io::ErrorKind::NotFound.into()),
                name => {
                    if name.starts_with("slow") {
                        // Ends when there is nobody left who could say anything.
                        let _ended = heard.lock().unwrap().recv();
                    }
                    Ok(vec!["192.0.2.1:0".parse().unwrap()])
                }
            }
        });
        (names, silence, count)
    }

    #[tokio::test]
    async fn a_name_server_that_hangs_delays_those_whose_names_it_serves() {
        let (names, silence, asked) = names();
        let mut waiting = JoinSet::new();
        for one in 0..500 {
            let names = Arc::clone(&names);
            let name = format!("slow{}", one % (THREADS - 1));
            waiting.spawn(async move { names.resolve(&name).await.is_some() });
        }
        while asked.load(Ordering::SeqCst) < THREADS - 1 {
            tokio::task::yield_now().await;
        }
        // Others are answered meanwhile, over and over.
        for _ in 0..10 {
            assert!(names.resolve("quick").await.is_some());
            assert!(names.resolve("none").await.is_none());
        }
        assert_eq!(waiting.try_join_next().map(drop), None, "all of these still wait");
        assert_eq!(asked.load(Ordering::SeqCst), THREADS - 1 + 20, "one question a name");
        drop(silence);
        assert!(waiting.join_all().await.into_iter().all(|found| found));
        assert!(names.asked.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn no_more_threads_wait_than_there_may() {
        let (names, silence, asked) = names();
        let mut waiting = JoinSet::new();
        for one in 0..THREADS * 3 {
            let names = Arc::clone(&names);
            waiting.spawn(async move { names.resolve(&format!("slow{one}")).await.is_some() });
        }
        while asked.load(Ordering::SeqCst) < THREADS {
            tokio::task::yield_now().await;
        }
        assert_eq!(names.threads.available_permits(), 0);
        assert_eq!(asked.load(Ordering::SeqCst), THREADS);
        drop(silence);
        assert!(waiting.join_all().await.into_iter().all(|found| found));
        assert_eq!(asked.load(Ordering::SeqCst), THREADS * 3);
    }
}
