//! Checks of this machine: disk, backups, UDP buffer.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use indicatif::HumanBytes;
use registry::Time;

use super::guarded::on_a_thread;
use super::line::{Line, Status};
use crate::app::clock::Clock;
use crate::cli::backup::folder_of;
use crate::config::Settings;
use crate::udp::serve::{Datagrams, WANTED_BUFFER_BYTES};

/// Free room below which a disk is nearly full: some days of a town.
const LITTLE_BYTES: u64 = 2 << 30;
/// Free room below which changes will soon be refused.
const NO_BYTES: u64 = 200 << 20;
/// Age of the newest backup, in hours, from which one was left out: they are made each night.
const OLD_H: i64 = 36;
/// Ending of the names of backups.
const BACKUP: &str = "backup";

/// Free room where the database and the backups lie.
pub(super) async fn disk(settings: Arc<Settings>, backups: PathBuf) -> Vec<Line> {
    on_a_thread("disk", move || {
        let file = storage::sqlite_file(&settings.database);
        let bytes = file.as_ref().and_then(|file| Some(file.metadata().ok()?.len()));
        let database = file.map(|file| room("database", folder_of(&file), LITTLE_BYTES));
        // A backup needs the room of two: the copy, and the archive with it.
        let wanted = LITTLE_BYTES.max(bytes.unwrap_or_default().saturating_mul(2));
        let backups = backups.exists().then(|| room("backups", &backups, wanted));
        database.into_iter().chain(backups).collect()
    })
    .await
}

/// Room on the disk of a folder, of which so much should be free.
fn room(subject: &str, folder: &Path, wanted: u64) -> Line {
    const NAME: &str = "disk";
    let disk = match rustix::fs::statvfs(folder) {
        Ok(disk) => disk,
        Err(error) => {
            let value = format!("the room in {} cannot be read: {error}", folder.display());
            return Line::warning(NAME, value, "check it as the user of the service")
                .about(subject);
        }
    };
    let (free, all) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
    let value = format!("{} of {} free in {}", HumanBytes(free), HumanBytes(all), folder.display());
    let line = Line::ok(NAME, value).about(subject);
    let line = line.fact("free_bytes", free).fact("all_bytes", all);
    let advice = format!("make room: {} should be free", HumanBytes(wanted));
    match free {
        ..NO_BYTES => line.worse(Status::Failed, "make room: changes will be refused"),
        free if free < wanted => line.worse(Status::Warning, advice),
        _ => line,
    }
}

/// Age of the newest backup.
pub(super) async fn backups(settings: Arc<Settings>, folder: PathBuf) -> Vec<Line> {
    const NAME: &str = "backups";
    on_a_thread(NAME, move || {
        let advice = "make one with `letaxi backup FILE`, and name their folder with --backups";
        let shown = folder.display().to_string();
        let newest = match newest_backup(&folder) {
            Ok(newest) => newest,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return vec![Line::warning(NAME, format!("there is no folder {shown}"), advice)];
            }
            Err(error) => {
                let value = format!("{shown} cannot be read: {error}");
                return vec![Line::warning(NAME, value, "check it as the user of the service")];
            }
        };
        let Some((file, made_at)) = newest else {
            let value = format!("there is no file *.{BACKUP} in {shown}");
            return vec![Line::warning(NAME, value, advice)];
        };
        let hours = (Clock::System.now() - made_at).num_hours();
        let value = format!("the newest is {hours} h old: {}", file.display());
        let line = Line::ok(NAME, value).fact("age_h", hours);
        let place = storage::without_password(&settings.database);
        let advice = format!("look why none of {place} was made since, or make one now");
        vec![if hours > OLD_H { line.worse(Status::Warning, advice) } else { line }]
    })
    .await
}

fn newest_backup(folder: &Path) -> std::io::Result<Option<(PathBuf, Time)>> {
    let mut newest: Option<(PathBuf, SystemTime)> = None;
    for entry in std::fs::read_dir(folder)? {
        let file = entry?.path();
        if file.extension().is_none_or(|end| end != BACKUP) {
            continue;
        }
        let changed_at = file.metadata()?.modified()?;
        if newest.as_ref().is_none_or(|(_, other)| changed_at > *other) {
            newest = Some((file, changed_at));
        }
    }
    Ok(newest.map(|(file, at)| (file, at.into())))
}

/// The receive buffer that the kernel grants, on a socket beside that of a running server.
pub(super) async fn udp_buffer(settings: Arc<Settings>) -> Vec<Line> {
    const NAME: &str = "udp_buffer";
    let Some(address) = settings.udp else { return Vec::new() };
    let beside = SocketAddr::new(address.ip(), 0);
    let granted = async { Datagrams::listen(beside).await?.buffer_bytes() };
    let granted = match granted.await {
        Ok(granted) => granted,
        Err(error) => {
            let value = format!("no datagrams can be taken at {}: {error}", address.ip());
            let advice = "set udp to an address of this machine, or to \"none\"";
            return vec![Line::failed(NAME, value, advice)];
        }
    };
    let shown = |bytes: usize| HumanBytes(bytes as u64);
    let value = format!("{} asked for, {} granted", shown(WANTED_BUFFER_BYTES), shown(granted));
    let line = Line::ok(NAME, value).fact("granted_bytes", granted);
    let advice = format!(
        "if datagrams come in great numbers, let more wait: \
         sysctl -w net.core.rmem_max={WANTED_BUFFER_BYTES}"
    );
    let is_little = granted < WANTED_BUFFER_BYTES;
    vec![if is_little { line.worse(Status::Warning, advice) } else { line }]
}
