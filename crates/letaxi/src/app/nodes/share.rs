//! Telling other servers what they cannot read in the database, and hearing it from them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use dispatch::eligibility::POSITION_LIFE_S;
use registry::directory::SlotId;
use storage::nodes::NodeId;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval};

use super::bus::{Heard, Known, Message, SharedFix, To};
use super::early::Told;
use super::outgoing::Reported;
use super::shared::Shared;
use crate::app::App;
use crate::app::clock::seconds;
use crate::app::jobs::scheduler::{is_over, pace};
use crate::app::monitor::metrics::{Exposition, Labels, label};

/// Time for which positions are gathered before they are told.
const GATHER: Duration = Duration::from_millis(20);
/// Rounds of [`GATHER`] after which requests of keys are told.
const USE_EVERY: u32 = 10;
/// Pause after changes of others were read, so that many announcements cost few readings.
const READ_PAUSE: Duration = Duration::from_millis(10);
/// Pause between two questions for positions that were missed, in seconds.
const ASK_EVERY_S: i64 = 5;
/// Positions in a part of an answer.
const A_PART: usize = 1_000;
/// Positions that one tells at once.
const AT_ONCE: usize = 10_000;

impl App {
    /// Tells other servers soon that something has changed in the database.
    pub(in crate::app) fn announce(&self) {
        if let Some(shared) = &self.shared {
            shared.changed.notify_one();
        }
    }

    /// Waits until another server announces a change; for ever without a bus.
    pub(in crate::app) async fn news_of_others(&self) {
        match &self.shared {
            Some(shared) => {
                shared.news.notified().await;
                pace(READ_PAUSE).await;
            }
            None => std::future::pending().await,
        }
    }

    /// True if the bus is connected; `None` without one.
    pub fn bus_is_connected(&self) -> Option<bool> {
        self.shared.as_ref().map(|shared| shared.bus.is_connected())
    }

    /// True while positions that others know are waited for.
    pub(in crate::app) fn is_joining(&self) -> bool {
        self.shared.as_ref().is_some_and(|shared| shared.joining.is_under_way(self.now()))
    }

    /// Tells others of changes, positions and requests, until `stop` is set.
    pub(in crate::app) async fn share_on(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(shared) = &self.shared else { return };
        self.end_joining_if_first(shared).await;
        // Their own measure of time: changes, however many, delay neither positions nor requests.
        let mut rounds = interval(GATHER);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut round = 0_u32;
        while !is_over(&stop) {
            tokio::select! {
                _ = rounds.tick() => {
                    self.tell_positions(shared).await;
                    round = round.wrapping_add(1);
                    if round.is_multiple_of(USE_EVERY) {
                        self.tell_use(shared).await;
                    }
                }
                () = shared.changed.notified() => {
                    // While the bus is away, others look every second.
                    shared.bus.tell(To::All, Message::Changed).await;
                }
                _ = stop.changed() => {}
            }
        }
    }

    /// Takes what others tell, until `stop` is set.
    pub(in crate::app) async fn hear_on(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let Some(shared) = &self.shared else { return };
        while !is_over(&stop) {
            tokio::select! {
                heard = shared.bus.hear() => self.take_heard(shared, heard).await,
                _ = stop.changed() => {}
            }
        }
    }

    async fn end_joining_if_first(&self, shared: &Shared) {
        let own = self.membership.as_ref().map(|membership| membership.card.id);
        // If the list cannot be read, the wait ends by itself.
        if let Ok(nodes) = self.store.nodes().await
            && nodes.iter().all(|node| Some(node.card.id) == own)
        {
            shared.joining.end();
        }
    }

    async fn take_heard(self: &Arc<Self>, shared: &Shared, heard: Heard) {
        match heard {
            Heard::Connected => {
                tracing::info!("the bus is connected");
                // Changes may have been announced meanwhile, and positions told.
                shared.news.notify_one();
                shared.bus.tell(To::All, Message::Ask).await;
                // Others may have connected before, and asked when this server could not hear them.
                tokio::spawn(Arc::clone(self).answer(To::All));
            }
            Heard::Told { from, message, has_missed } => {
                if has_missed {
                    self.ask_for_missed(shared, from).await;
                }
                self.take_told(shared, from, message);
            }
        }
    }

    fn take_told(self: &Arc<Self>, shared: &Shared, from: NodeId, message: Message) {
        match message {
            Message::Changed => shared.news.notify_one(),
            Message::Positions(fixes) => self.take_fixes(shared, &fixes, true),
            // Beside what else comes: an answer has many parts.
            Message::Ask => drop(tokio::spawn(Arc::clone(self).answer(To::Node(from)))),
            Message::Known(part) => {
                self.take_fixes(shared, &part.fixes, false);
                shared.joining.receive(from, &part);
            }
            Message::Used(used) => {
                let counted = self.note_use_elsewhere(&used);
                shared.counted.fetch_add(counted, Ordering::Relaxed);
            }
            Message::UsedByAddress(used) => {
                let counted = self.note_strangers_elsewhere(&used);
                shared.counted.fetch_add(counted, Ordering::Relaxed);
            }
        }
    }

    /// Asks a server for its positions once more, because some never came: a taxi at a rank reports rarely. Not at once
    /// again, for who misses messages has too many of them already.
    async fn ask_for_missed(&self, shared: &Shared, from: NodeId) {
        let now_s = self.now().timestamp();
        let asked_s = shared.asked_s.load(Ordering::Relaxed);
        if (asked_s..asked_s.saturating_add(ASK_EVERY_S)).contains(&now_s) {
            return;
        }
        shared.asked_s.store(now_s, Ordering::Relaxed);
        shared.bus.tell(To::Node(from), Message::Ask).await;
    }

    /// Stores positions that others tell: those that were reported to them, first-hand, or those that they know from others.
    fn take_fixes(&self, shared: &Shared, fixes: &[SharedFix], is_first_hand: bool) {
        let now_s = seconds(self.now());
        let mut new = Vec::new();
        let fleet = self.directory.fleet();
        for told in fixes.iter().map(|fix| Told { fix: *fix, is_first_hand }) {
            match fleet.described_slot_of(told.fix.taxi, told.fix.account) {
                Some(slot) => self.take_fix(shared, slot, told, now_s),
                None => new.push(told),
            }
        }
        drop(fleet);
        for told in new {
            if !self.take_new_fix(shared, told, now_s) && !shared.early.keep(told) {
                shared.unknown.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Stores the position of a taxi that its account may not have reported yet; false if memory knows no such taxi.
    fn take_new_fix(&self, shared: &Shared, told: Told, now_s: u32) -> bool {
        let slot = self.directory.slot_to_report(told.fix.taxi, told.fix.account);
        slot.is_some_and(|slot| {
            self.take_fix(shared, slot, told, now_s);
            true
        })
    }

    /// Stores positions that came before their taxis; after memory has followed the feed.
    pub(in crate::app) fn take_early_fixes(&self) {
        let Some(shared) = &self.shared else { return };
        let now_s = seconds(self.now());
        let unknown = shared.early.offer(|told| self.take_new_fix(shared, told, now_s));
        shared.unknown.fetch_add(unknown, Ordering::Relaxed);
    }

    fn take_fix(&self, shared: &Shared, slot: SlotId, told: Told, now_s: u32) {
        // One from the future would shut out all that come before.
        let (point, at_s) = (told.fix.point, told.fix.at_s.min(now_s));
        if !told.is_first_hand {
            // Most of them are known here already.
            self.positions.update_older(slot, point, at_s);
        } else if !self.positions.update(slot, point, at_s) {
            shared.late.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Tells the positions that were reported here since the last time.
    async fn tell_positions(&self, shared: &Shared) {
        let mut waiting = shared.outgoing.take();
        shared.outgoing.note_own(&waiting);
        for part in waiting.make_contiguous().chunks(AT_ONCE) {
            if !shared.bus.tell(To::All, Message::Positions(self.shared_fixes(part))).await {
                shared.outgoing.drop_some(part.len());
            }
        }
    }

    fn shared_fixes(&self, reported: &[Reported]) -> Vec<SharedFix> {
        let fleet = self.directory.fleet();
        let fixes = reported.iter().filter_map(|(slot, point, at_s)| {
            let slot = fleet.slot(*slot)?;
            let (taxi, account) = (slot.taxi, slot.account);
            Some(SharedFix { taxi, account, point: *point, at_s: *at_s })
        });
        fixes.collect()
    }

    /// Tells all live positions: first those that were reported here.
    async fn answer(self: Arc<Self>, to: To) {
        let Some(shared) = &self.shared else { return };
        let mut all = Vec::new();
        self.each_heard_of(POSITION_LIFE_S, |slot, fix| all.push((slot, fix.point, fix.at_s)));
        let (own, known) = shared.outgoing.split_own(all);
        for part in own.chunks(AT_ONCE) {
            if !shared.bus.tell(to, Message::Positions(self.shared_fixes(part))).await {
                return;
            }
        }
        let fixes = self.shared_fixes(&known);
        let total = u32::try_from(fixes.len()).unwrap_or(u32::MAX);
        let is_complete = !self.is_joining();
        let mut parts: Vec<_> = fixes.chunks(A_PART).map(<[SharedFix]>::to_vec).collect();
        if parts.is_empty() {
            parts.push(Vec::new());
        }
        for fixes in parts {
            let part = Message::Known(Known { fixes, total, is_complete });
            if !shared.bus.tell(to, part).await {
                return;
            }
        }
    }

    /// Tells the requests of keys since the last time.
    async fn tell_use(&self, shared: &Shared) {
        // Also while the bus is away: told later, they would count as requests of that moment.
        let (keys, addresses) = (self.usage.take_untold(), self.usage.take_untold_strangers());
        if !shared.bus.is_connected() {
            let requests = keys.iter().map(|used| used.requests);
            let requests = requests.chain(addresses.iter().map(|used| used.requests));
            shared.dropped_requests.fetch_add(requests.map(u64::from).sum(), Ordering::Relaxed);
            return;
        }
        if !keys.is_empty() {
            shared.bus.tell(To::All, Message::Used(keys)).await;
        }
        if !addresses.is_empty() {
            shared.bus.tell(To::All, Message::UsedByAddress(addresses)).await;
        }
    }

    /// Metrics of this server as one of several.
    pub(in crate::app) fn show_nodes(&self, exposition: &mut Exposition<'_>) -> fmt::Result {
        let lag_ms = self.sync.silent_ms(self.now()).unwrap_or_default();
        exposition.gauge(
            "memory_lag_milliseconds",
            "Time since memory was in step with the database",
            lag_ms,
        )?;
        let Some(shared) = &self.shared else { return Ok(()) };
        let connected = shared.bus.is_connected();
        exposition.gauge("bus_connected", "Whether the bus is connected (1)", connected.into())?;
        let dropped = [(Labels::new(), shared.outgoing.dropped())];
        exposition.counter(
            "bus_dropped_positions",
            "Positions reported here that other servers were not told",
            dropped,
        )?;
        let dropped = [(Labels::new(), shared.dropped_requests.load(Ordering::Relaxed))];
        exposition.counter(
            "bus_dropped_requests",
            "Requests let through here that other servers were not told, and so do not count for limits",
            dropped,
        )?;
        let ignored = [("late", &shared.late), ("unknown_taxi", &shared.unknown)];
        let ignored =
            ignored.map(|(why, count)| (vec![label("why", why)], count.load(Ordering::Relaxed)));
        exposition.counter(
            "bus_ignored_positions",
            "Positions told by other servers that were not used",
            ignored,
        )?;
        exposition.gauge(
            "bus_early_positions",
            "Positions told by other servers that wait until this one knows the taxi",
            i64::try_from(shared.early.waiting()).unwrap_or(i64::MAX),
        )?;
        let counted = [(Labels::new(), shared.counted.load(Ordering::Relaxed))];
        exposition.counter(
            "bus_counted_requests",
            "Requests that other servers let through and that count for limits here",
            counted,
        )?;
        shared.bus.show(exposition)
    }
}
