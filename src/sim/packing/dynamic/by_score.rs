//! A policy that scores machines one by one, its scores kept while nothing changes.

use super::super::score_board::ScoreBoard;
use crate::engine::Stream;
use crate::model::fleet::PodRequest;
use crate::model::gpu::Taken;
use crate::policy::placement::fleet::FleetPolicy;
use crate::policy::placement::on_fleet::{Ask, FleetChooser};

/// The machine that a policy scores highest.
#[derive(Debug)]
pub struct ByScore {
    policy: Box<dyn FleetPolicy>,
    board: ScoreBoard,
}

impl ByScore {
    /// A policy that has been told which pods usually come.
    #[must_use]
    pub fn new(policy: Box<dyn FleetPolicy>) -> Self {
        Self {
            policy,
            board: ScoreBoard::default(),
        }
    }
}

impl FleetChooser for ByScore {
    fn choose(&mut self, ask: &Ask<'_>, stream: &mut Stream) -> Option<(usize, Taken)> {
        let Self { policy, board } = self;
        board.choose_where(ask.fleet, &**policy, ask.request, ask.may_go, stream)
    }

    fn came(&mut self, machine: usize, _: &PodRequest) {
        self.board.changed(machine);
    }

    fn went(&mut self, machine: usize, _: &PodRequest) {
        self.board.changed(machine);
    }
}
