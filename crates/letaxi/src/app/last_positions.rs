//! Last-known positions: written behind, and read back at a start.
//!
//! A position is searched in memory and is as good as gone after two minutes; but its operator may look
//! at it for a day, and a restart must not forget it. What changed since the last time is written every
//! minute, and once more when the server stops; so a crash forgets a minute at the most.

use std::sync::atomic::Ordering;

use storage::positions::LastPosition;

use super::App;
use super::clock::seconds;

/// How long a position is remembered to be shown to its operator, in seconds: a day.
pub(super) const KEPT_S: u32 = 24 * 60 * 60;

/// How often positions are written, in seconds.
const EVERY_S: u32 = 60;

impl App {
    /// Writes the positions that came since they were written last, if that is a minute ago.
    pub(super) async fn write_positions(&self) -> storage::Result<()> {
        let since_s = self.positions_written.load(Ordering::Relaxed);
        if seconds(self.now()) < since_s.saturating_add(EVERY_S) {
            return Ok(());
        }
        self.write_positions_now().await
    }

    /// Writes the positions that came since they were written last.
    ///
    /// # Errors
    ///
    /// If the store fails; the next time tries all of them again.
    pub async fn write_positions_now(&self) -> storage::Result<()> {
        let since_s = self.positions_written.load(Ordering::Relaxed);
        let now_s = seconds(self.now());
        let mut moved = Vec::new();
        // Those of that very second may have come after it was looked at.
        self.positions.everyone(since_s, |slot, fix| moved.push((slot, fix)));
        let positions: Vec<_> = {
            let fleet = self.directory.fleet();
            let known = moved.into_iter().filter_map(|(id, fix)| {
                let slot = fleet.slot(id)?;
                let (taxi, account) = (slot.taxi, slot.account);
                Some(LastPosition { taxi, account, point: fix.point, at_s: fix.at_s })
            });
            known.collect()
        };
        self.store.keep_positions(&positions).await?;
        self.positions_written.store(now_s, Ordering::Relaxed);
        Ok(())
    }

    /// Reads back where taxis were, as far as anybody may still ask.
    pub(super) async fn read_positions(&self) -> storage::Result<()> {
        let now_s = seconds(self.now());
        for position in self.store.last_positions(now_s.saturating_sub(KEPT_S)).await? {
            if let Some(slot) = self.directory.slot_to_report(position.taxi, position.account) {
                self.positions.update(slot, position.point, position.at_s);
            }
        }
        self.positions_written.store(now_s, Ordering::Relaxed);
        Ok(())
    }
}
