//! Last known positions: written behind, and loaded at start.
//!
//! Searches use positions for two minutes only; but operators may look at them for a day, also after a
//! restart. Changes are written every minute, and when the server stops; so a crash loses a minute at most.

use std::sync::atomic::Ordering;

use dispatch::eligibility::POSITION_LIFE_S;
use storage::positions::LastPosition;

use crate::app::App;
use crate::app::clock::{MOMENT_S, age_s, seconds};

/// Retention time of a position for its operator, in seconds: a day.
pub(in crate::app) const KEPT_S: u32 = 24 * 60 * 60;

/// Interval of writes, in seconds.
const EVERY_S: u32 = 60;

impl App {
    /// Writes new positions, once a minute.
    pub(in crate::app) async fn write_positions(&self) -> storage::Result<()> {
        let written_s = self.positions_written.load(Ordering::Relaxed);
        if age_s(written_s, seconds(self.now())) < EVERY_S {
            return Ok(());
        }
        self.write_positions_now().await
    }

    /// Writes the positions reported since the last write.
    ///
    /// # Errors
    ///
    /// If the store fails; the next call tries all of them again.
    pub async fn write_positions_now(&self) -> storage::Result<()> {
        let now_s = seconds(self.now());
        // The clock may have been set back; and a position may arrive just after its second was read.
        let written_s = self.positions_written.load(Ordering::Relaxed).min(now_s);
        let since_s = written_s.saturating_sub(MOMENT_S);
        let mut moved = Vec::new();
        self.positions.everyone(since_s, |slot, fix| moved.push((slot, fix)));
        // Beside other servers, each writes those that were reported to it.
        let own = self.shared.as_ref().map(|shared| shared.outgoing.take_unwritten());
        if let Some(own) = &own {
            moved.retain(|(slot, _)| own.contains(slot));
        }
        let positions: Vec<_> = {
            let fleet = self.directory.fleet();
            let known = moved.into_iter().filter_map(|(id, fix)| {
                let slot = fleet.slot(id)?;
                let (taxi, account) = (slot.taxi, slot.account);
                Some(LastPosition { taxi, account, point: fix.point, at_s: fix.at_s })
            });
            known.collect()
        };
        let kept = self.store.keep_positions(&positions, now_s.saturating_add(MOMENT_S)).await;
        if let (Err(_), Some(shared)) = (&kept, &self.shared) {
            shared.outgoing.give_back();
        }
        kept?;
        self.positions_written.store(now_s, Ordering::Relaxed);
        Ok(())
    }

    /// Loads the positions that are still retained.
    pub(in crate::app) async fn read_positions(&self) -> storage::Result<()> {
        let now_s = seconds(self.now());
        for position in self.store.last_positions(now_s.saturating_sub(KEPT_S)).await? {
            if let Some(slot) = self.directory.slot_to_report(position.taxi, position.account) {
                // Written before the clock was set back: the place is known, the age is not.
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
