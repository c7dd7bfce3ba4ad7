//! Runs a check so that it ends, whatever it does.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::line::Line;

/// Longest time of a check: longer than any of its own time limits.
const LIMIT: Duration = Duration::from_secs(20);

/// Lines of a check. One that hangs or panics is a failed line, and the others go on.
pub(super) async fn guarded(
    name: &'static str,
    check: impl Future<Output = Vec<Line>> + Send + 'static,
) -> Vec<Line> {
    within(LIMIT, name, check).await
}

/// [`guarded`], for a check with a time limit of its own.
pub(super) async fn within(
    limit: Duration,
    name: &'static str,
    check: impl Future<Output = Vec<Line>> + Send + 'static,
) -> Vec<Line> {
    let mut task = tokio::spawn(check);
    match timeout(limit, &mut task).await {
        Ok(Ok(lines)) => lines,
        Ok(Err(_panic)) => vec![panicked(name)],
        Err(_elapsed) => {
            task.abort();
            let value = format!("no result within {} s", limit.as_secs());
            vec![Line::failed(name, value, "look at the disk and the network of this machine")]
        }
    }
}

fn panicked(name: &'static str) -> Line {
    let advice = "report it with the lines above; the other checks are complete";
    Line::failed(name, "the check itself failed: a fault of the program", advice)
}

/// Does work that may hang in the system, such as on a network disk, on a thread that nobody waits for at the end.
pub(super) async fn on_a_thread(
    name: &'static str,
    work: impl FnOnce() -> Vec<Line> + Send + 'static,
) -> Vec<Line> {
    let (tell, told) = oneshot::channel();
    std::thread::spawn(move || tell.send(work()));
    told.await.unwrap_or_else(|_panicked| vec![panicked(name)])
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::super::line::Status;
    use super::*;

    #[tokio::test]
    async fn a_check_that_hangs_or_panics_is_one_failed_line() {
        let short = Duration::from_millis(1);
        let hangs = within(short, "disk", pending());
        let panics = within(LIMIT, "clock", async { panic!("on purpose") });
        let panics_apart =
            within(LIMIT, "backups", on_a_thread("backups", || panic!("on purpose")));
        let works = within(LIMIT, "nats", async { vec![Line::ok("nats", "there")] });
        let (hangs, panics, apart, works) = tokio::join!(hangs, panics, panics_apart, works);
        for (lines, name, says) in [
            (hangs, "disk", "no result within"),
            (panics, "clock", "a fault of the program"),
            (apart, "backups", "a fault of the program"),
        ] {
            let [line] = &lines[..] else { panic!("one line: {lines:?}") };
            assert_eq!((line.name, line.status), (name, Status::Failed));
            assert!(line.value.contains(says), "{line}");
        }
        assert_eq!(works, [Line::ok("nats", "there")]);
    }
}
