//! Last-known positions: written behind, and read back at a start.
//!
//! A position is searched in memory and is as good as gone after two minutes; but its operator may look
//! at it for a day, and a restart must not forget it. What changed since the last time is written every
//! minute, and once more when the server stops; so a crash forgets a minute at the most.

use std::sync::atomic::Ordering;

use dispatch::eligibility::POSITION_LIFE_S;
use storage::positions::LastPosition;

use crate::app::App;
use crate::app::clock::{MOMENT_S, age_s, seconds};

/// How long a position is remembered to be shown to its operator, in seconds: a day.
pub(in crate::app) const KEPT_S: u32 = 24 * 60 * 60;

/// How often positions are written, in seconds.
const EVERY_S: u32 = 60;

impl App {
    /// Writes the positions that came since they were written last, if that is a minute ago.
    pub(in crate::app) async fn write_positions(&self) -> storage::Result<()> {
        let written_s = self.positions_written.load(Ordering::Relaxed);
        if age_s(written_s, seconds(self.now())) < EVERY_S {
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
        let now_s = seconds(self.now());
        // The clock may have been set back; and a position may arrive a moment after its second was looked at.
        let written_s = self.positions_written.load(Ordering::Relaxed).min(now_s);
        let since_s = written_s.saturating_sub(MOMENT_S);
        let mut moved = Vec::new();
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
        self.store.keep_positions(&positions, now_s.saturating_add(MOMENT_S)).await?;
        self.positions_written.store(now_s, Ordering::Relaxed);
        Ok(())
    }

    /// Reads back where taxis were, as far as anybody may still ask.
    pub(in crate::app) async fn read_positions(&self) -> storage::Result<()> {
        let now_s = seconds(self.now());
        for position in self.store.last_positions(now_s.saturating_sub(KEPT_S)).await? {
            if let Some(slot) = self.directory.slot_to_report(position.taxi, position.account) {
                // Written before the clock was set back: the place is known, and not that it is fresh.
                let is_of_unknown_age = age_s(position.at_s, now_s) == u32::MAX;
                let old_s = now_s.saturating_sub(POSITION_LIFE_S + 1);
                let at_s = if is_of_unknown_age { old_s } else { position.at_s };
                self.positions.update(slot, position.point, at_s);
            }
        }
        self.positions_written.store(now_s, Ordering::Relaxed);
        Ok(())
    }
}
