//! Whether the daemon starts a container again that has ended, and when.
//!
//! Source: moby `daemon/internal/restartmanager/restartmanager.go`, `ShouldRestart`.

use crate::engine::Span;

/// The bounds of the wait before a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestartRule {
    /// The first wait.
    pub initial: Span,
    /// The longest one.
    pub max: Span,
    /// After a run of so long, exactly so long included, the wait is the first again.
    pub reset_after: Span,
}

impl RestartRule {
    /// The daemon's own; nothing changes it.
    pub const DAEMON: Self = Self {
        initial: Span::from_nanos(100_000_000),
        max: Span::from_secs(60),
        reset_after: Span::from_secs(10),
    };
}

impl Default for RestartRule {
    fn default() -> Self {
        Self::DAEMON
    }
}

/// `--restart`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RestartPolicy {
    /// Never.
    #[default]
    No,
    /// Whenever it ends.
    Always,
    /// The same, unless somebody stopped it by hand.
    UnlessStopped,
    /// When it ends with an exit code other than 0.
    OnFailure {
        /// At most so many times; 0 for no end.
        retries_max: u32,
    },
}

impl RestartPolicy {
    /// Whether the daemon starts the container when it starts itself, as it does with its host: only where it should
    /// always run.
    #[must_use]
    pub const fn comes_back_with_host(self) -> bool {
        matches!(self, Self::Always | Self::UnlessStopped)
    }

    /// `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`.
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, retries) = match text.split_once(':') {
            Some((name, retries)) => (name, Some(retries)),
            None => (text, None),
        };
        let policy = match name {
            "no" | "" => Self::No,
            "always" => Self::Always,
            "unless-stopped" => Self::UnlessStopped,
            "on-failure" => Self::OnFailure { retries_max: 0 },
            _ => {
                return Err(
                    "expected `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`".into(),
                );
            }
        };
        match (policy, retries) {
            (_, None) => Ok(policy),
            (Self::OnFailure { .. }, Some(retries)) => match retries.parse() {
                Ok(retries_max) => Ok(Self::OnFailure { retries_max }),
                Err(_) => Err("expected a whole number of retries, 0 or more, after `on-failure:`".into()),
            },
            (_, Some(_)) => Err(format!(
                "only `on-failure` has a number of retries, `{name}` has none"
            )),
        }
    }
}

/// A container that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// How long it ran.
    pub ran: Span,
    /// Its exit code.
    pub code: i32,
    /// Whether somebody stopped it by hand.
    pub by_hand: bool,
}

/// What the daemon remembers of a container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RestartManager {
    wait: Span,
    restarts: u32,
}

impl RestartManager {
    /// The container has ended: how long the daemon waits before it starts it again; `None` if it does not.
    ///
    /// The wait grows before the policy is asked, so that it does for a container that is not started again too.
    pub fn ended(&mut self, rule: RestartRule, policy: RestartPolicy, exit: Exit) -> Option<Span> {
        if policy == RestartPolicy::No {
            return None;
        }
        if exit.ran >= rule.reset_after {
            self.wait = Span::ZERO;
        }
        if self.wait.is_zero() {
            self.wait = rule.initial;
        } else if self.wait < rule.max {
            self.wait = Span::from_nanos(self.wait.nanos().saturating_mul(2));
        }
        self.wait = self.wait.min(rule.max);
        let again = match policy {
            RestartPolicy::No => false,
            RestartPolicy::Always => true,
            RestartPolicy::UnlessStopped => !exit.by_hand,
            RestartPolicy::OnFailure { retries_max } => {
                exit.code != 0 && (retries_max == 0 || self.restarts < retries_max)
            }
        };
        if !again {
            return None;
        }
        self.restarts += 1;
        Some(self.wait)
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, RestartManager, RestartPolicy, RestartRule};
    use crate::engine::Span;

    const FAILED: Exit = Exit {
        ran: Span::from_secs(1),
        code: 1,
        by_hand: false,
    };

    fn ended(manager: &mut RestartManager, policy: RestartPolicy, exit: Exit) -> Option<f64> {
        let wait = manager.ended(RestartRule::DAEMON, policy, exit);
        wait.map(Span::secs_f64)
    }

    /// The first restart waits too; ten seconds of run make the wait short again.
    #[test]
    fn waits_double_from_a_tenth_of_a_second_to_a_minute() {
        let mut manager = RestartManager::default();
        let waits: Vec<_> = (0..12)
            .map(|_| ended(&mut manager, RestartPolicy::Always, FAILED).unwrap())
            .collect();
        let expected = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 51.2, 60.0, 60.0];
        assert_eq!(waits, expected);
        let long = Exit {
            ran: Span::from_secs(10),
            ..FAILED
        };
        assert_eq!(ended(&mut manager, RestartPolicy::Always, long), Some(0.1));
    }

    #[test]
    fn each_policy_restarts_what_it_says() {
        let well = Exit { code: 0, ..FAILED };
        let stopped = Exit {
            by_hand: true,
            ..FAILED
        };
        for (policy, failed, ended_well, by_hand) in [
            (RestartPolicy::No, false, false, false),
            (RestartPolicy::Always, true, true, true),
            (RestartPolicy::UnlessStopped, true, true, false),
            (RestartPolicy::OnFailure { retries_max: 0 }, true, false, true),
        ] {
            let again = |exit| ended(&mut RestartManager::default(), policy, exit).is_some();
            assert_eq!(
                (again(FAILED), again(well), again(stopped)),
                (failed, ended_well, by_hand),
                "{policy:?}"
            );
        }
    }

    /// The count of restarts is never set back, however long a container runs; the wait has doubled meanwhile.
    #[test]
    fn retries_are_counted_over_the_life_of_a_container() {
        let mut manager = RestartManager::default();
        let twice = RestartPolicy::OnFailure { retries_max: 2 };
        let waits: Vec<_> = (0..3).map(|_| ended(&mut manager, twice, FAILED)).collect();
        assert_eq!(waits, [Some(0.1), Some(0.2), None]);
        let always = RestartPolicy::Always;
        assert_eq!(
            ended(&mut manager, always, FAILED),
            Some(0.8),
            "0.4 s went by unused"
        );
    }

    #[test]
    fn policies_are_written_as_docker_writes_them() {
        assert_eq!(RestartPolicy::parse("no"), Ok(RestartPolicy::No));
        assert_eq!(
            RestartPolicy::parse("on-failure:3"),
            Ok(RestartPolicy::OnFailure { retries_max: 3 })
        );
        assert_eq!(
            RestartPolicy::parse("on-failure"),
            Ok(RestartPolicy::OnFailure { retries_max: 0 })
        );
        for wrong in ["never", "always:3", "on-failure:-1", "on-failure:"] {
            assert!(RestartPolicy::parse(wrong).is_err(), "{wrong}");
        }
    }
}
