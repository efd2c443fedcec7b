//! Disruption budgets: how many nodes of a NodePool may be disrupted at a time, and when (`pkg/apis/v1/nodepool.go`).

use crate::engine::Span;
use crate::model::cron::{Recurrence, Zone};
use jiff::Timestamp;

/// Why a node is disrupted, as budgets tell reasons apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DisruptionReason {
    /// Nothing on it has to move.
    Empty,
    /// Its NodePool asks for something else by now.
    Drifted,
    /// What is on it fits elsewhere, or into something cheaper.
    Underutilized,
}

impl DisruptionReason {
    /// As budgets write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Drifted => "Drifted",
            Self::Underutilized => "Underutilized",
        }
    }
}

/// A number of nodes or a share of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nodes {
    /// So many.
    Count(u32),
    /// So many percent, rounded up.
    Percent(u32),
}

impl Nodes {
    /// Reads `5` or `10%`.
    ///
    /// # Errors
    /// When it is neither a whole number nor a whole percentage up to 100.
    pub fn parse(text: &str) -> Result<Self, String> {
        let whole = |digits: &str| {
            let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u32>().ok().filter(|_| plain)
        };
        let nodes = match text.strip_suffix('%') {
            Some(percent) => whole(percent)
                .filter(|&percent| percent <= 100)
                .map(Self::Percent),
            None => whole(text).map(Self::Count),
        };
        nodes.ok_or_else(|| format!("`{text}` is neither a number of nodes like `5` nor a share like `10%`"))
    }

    const fn of(self, nodes: u32) -> u32 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => (percent as u64 * nodes as u64).div_ceil(100) as u32,
        }
    }
}

/// From when on and for how long a budget holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// When it begins, in UTC; `None` if that cannot be read, and then nothing may be disrupted at all.
    pub schedule: Option<Recurrence>,
    /// How long it lasts.
    pub duration: Span,
}

impl Window {
    /// Whether `now` is in it; its end is not.
    fn holds(&self, now: Timestamp) -> bool {
        let begun =
            jiff::SignedDuration::from_nanos(i64::try_from(self.duration.nanos()).unwrap_or(i64::MAX));
        let Ok(looked_from) = now.checked_sub(begun) else {
            return false;
        };
        let schedule = self.schedule.as_ref();
        let next = schedule.and_then(|schedule| schedule.next(looked_from, &Zone::utc()));
        next.is_some_and(|next| next <= now.as_second())
    }
}

/// One budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// How many nodes may be disrupted at a time.
    pub nodes: Nodes,
    /// The reasons it is about; all, if none is named.
    pub reasons: Option<Vec<DisruptionReason>>,
    /// When it holds; always without one.
    pub window: Option<Window>,
}

impl Budget {
    /// What a NodePool without budgets has: a tenth of its nodes.
    #[must_use]
    pub const fn standard() -> Self {
        Self {
            nodes: Nodes::Percent(10),
            reasons: None,
            window: None,
        }
    }
}

/// How many of `nodes` nodes `budgets` let go for `reason` at `now`; `None` if none of them is about that now.
#[must_use]
pub fn allowed(budgets: &[Budget], nodes: u32, reason: DisruptionReason, now: Timestamp) -> Option<u32> {
    let unreadable = |window: &Window| window.schedule.is_none();
    if budgets
        .iter()
        .any(|budget| budget.window.as_ref().is_some_and(unreadable))
    {
        return Some(0);
    }
    let about = budgets.iter().filter(|budget| {
        let named = budget.reasons.as_ref();
        named.is_none_or(|reasons| reasons.contains(&reason))
            && budget.window.as_ref().is_none_or(|window| window.holds(now))
    });
    about.map(|budget| budget.nodes.of(nodes)).min()
}
