//! Values that become visible some time after they were taken.

use crate::engine::Time;
use std::collections::VecDeque;

/// Values and the time from which each is visible; only the newest visible one and those to come are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delayed<T> {
    values: VecDeque<(Time, T)>,
}

impl<T> Default for Delayed<T> {
    fn default() -> Self {
        Self {
            values: VecDeque::new(),
        }
    }
}

impl<T> Delayed<T> {
    /// A value taken at `now` that is visible from `visible` on, which is not before that of the value before.
    pub fn push(&mut self, now: Time, visible: Time, value: T) {
        while self.values.get(1).is_some_and(|&(from, _)| from <= now) {
            self.values.pop_front();
        }
        self.values.push_back((visible, value));
    }

    /// The newest value that is visible at `now`.
    #[must_use]
    pub fn newest(&self, now: Time) -> Option<&T> {
        let visible = self.values.iter().rfind(|&&(from, _)| from <= now);
        visible.map(|(_, value)| value)
    }
}
