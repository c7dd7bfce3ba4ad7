//! String interning: equal texts of many vehicles are stored once.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Number of texts at which unused ones are first removed.
const FIRST_SWEEP: usize = 1_024;

/// A pool of interned texts.
#[derive(Debug, Default)]
pub(super) struct Texts(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    texts: HashSet<Arc<str>>,
    sweep_at: usize,
}

impl Texts {
    /// The pooled text equal to this one; adds it if it is new.
    pub(super) fn shared(&self, text: &Arc<str>) -> Arc<str> {
        // No code panics while it holds the lock, so a poisoned lock still guards a consistent pool.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = known.texts.get(text) {
            return Arc::clone(first);
        }
        if known.texts.len() >= known.sweep_at {
            known.texts.retain(|text| Arc::strong_count(text) > 1);
            known.sweep_at = (known.texts.len() * 2).max(FIRST_SWEEP);
        }
        known.texts.insert(Arc::clone(text));
        Arc::clone(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_kept_once_and_as_long_as_somebody_holds_it() {
        let texts = Texts::default();
        let (first, again) = (Arc::from("a car"), Arc::from("a car"));
        let kept = texts.shared(&first);
        assert!(Arc::ptr_eq(&kept, &texts.shared(&again)));
        for number in 0..3 * FIRST_SWEEP {
            texts.shared(&Arc::from(format!("a car that was {number}")));
        }
        let known = texts.0.lock().expect("nothing panicked");
        assert!(known.texts.contains("a car") && known.texts.len() <= FIRST_SWEEP + 1);
    }
}
