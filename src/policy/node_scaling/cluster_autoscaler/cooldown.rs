//! For how long no node is removed after one was asked for, was removed, or could not be (`core/static_autoscaler.go`,
//! `processors/scaledowncandidates/scale_down_candidates_delay_processor.go`).
//!
//! Knows: when each of these last happened, in which pool. Must not know: which nodes could go.

use super::settings::ClusterAutoscalerSettings;
use crate::engine::{Span, Time};

/// When each of these last happened in a pool.
#[derive(Clone, Copy, Debug, Default)]
struct Last {
    scale_up: Option<Time>,
    removal: Option<Time>,
    failure: Option<Time>,
}

/// What has happened, by pool.
#[derive(Clone, Debug, Default)]
pub(super) struct Cooldowns {
    pools: Vec<Last>,
}

impl Cooldowns {
    fn of(&mut self, pool: usize) -> &mut Last {
        if self.pools.len() <= pool {
            self.pools.resize(pool + 1, Last::default());
        }
        &mut self.pools[pool]
    }

    /// Nodes of a pool were asked for.
    pub(super) fn scaled_up(&mut self, pool: usize, now: Time) {
        self.of(pool).scale_up = Some(now);
    }

    /// A node of a pool begins to go.
    pub(super) fn removed(&mut self, pool: usize, now: Time) {
        self.of(pool).removal = Some(now);
    }

    /// A node of a pool could not be emptied.
    pub(super) fn failed(&mut self, pool: usize, now: Time) {
        self.of(pool).failure = Some(now);
    }

    /// Which delay keeps all nodes, and for how long still: none where each is about its own pool.
    pub(super) fn of_all(
        &self,
        settings: &ClusterAutoscalerSettings,
        now: Time,
    ) -> Option<(&'static str, Span)> {
        if settings.scale_down_delay_type_local {
            return None;
        }
        let last = |of: fn(&Last) -> Option<Time>| self.pools.iter().filter_map(of).max();
        let all = Last {
            scale_up: last(|last| last.scale_up),
            removal: last(|last| last.removal),
            failure: last(|last| last.failure),
        };
        all.keeps(settings, now)
    }

    /// Which delay keeps the nodes of one pool, and for how long still, where each is about its own pool.
    pub(super) fn of_pool(
        &self,
        pool: usize,
        settings: &ClusterAutoscalerSettings,
        now: Time,
    ) -> Option<(&'static str, Span)> {
        if !settings.scale_down_delay_type_local {
            return None;
        }
        self.pools.get(pool)?.keeps(settings, now)
    }
}

impl Last {
    fn keeps(&self, settings: &ClusterAutoscalerSettings, now: Time) -> Option<(&'static str, Span)> {
        let all = [
            (
                "scale-down-delay-after-add",
                self.scale_up,
                settings.scale_down_delay_after_add,
            ),
            (
                "scale-down-delay-after-failure",
                self.failure,
                settings.scale_down_delay_after_failure,
            ),
            (
                "scale-down-delay-after-delete",
                self.removal,
                settings.scale_down_delay_after_delete,
            ),
        ];
        all.into_iter().find_map(|(name, last, delay)| {
            let until = last? + delay.span();
            (until > now).then(|| (name, until.since(now)))
        })
    }
}
