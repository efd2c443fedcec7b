//! The pieces of work of one job: which are left, and how much of each is done.
//!
//! Knows: that a piece that was given back is taken up before a new one. Must not know: pods, or how a piece ends.

use crate::engine::Span;
use std::collections::BTreeMap;

/// A piece of work between two pods.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// Its number in the job, from 0; of an Indexed Job its completion index.
    pub number: u32,
    /// Pods that went at it before.
    pub attempts: u32,
    /// Work done that is kept.
    pub kept: Span,
}

/// The pieces of a job that no pod is at.
#[derive(Clone, Debug, Default)]
pub struct Pieces {
    given_back: BTreeMap<u32, Piece>,
    /// The first that nobody has been at.
    next: u32,
}

impl Pieces {
    /// The piece for another pod: the first of those given back, or else a new one.
    pub fn take(&mut self) -> Piece {
        if let Some((_, piece)) = self.given_back.pop_first() {
            return piece;
        }
        let number = self.next;
        self.next += 1;
        Piece {
            number,
            ..Piece::default()
        }
    }

    /// The piece `number`.
    pub fn take_number(&mut self, number: u32) -> Piece {
        let fresh = Piece {
            number,
            ..Piece::default()
        };
        self.given_back.remove(&number).unwrap_or(fresh)
    }

    /// A pod has left `piece` undone.
    pub fn give_back(&mut self, piece: Piece) {
        self.given_back.insert(piece.number, piece);
    }
}

#[cfg(test)]
mod tests {
    use super::{Piece, Pieces, Span};

    /// If what was left undone went to nobody, a Job would end with work undone; if it lost what was kept, checkpoints
    /// would be for nothing.
    #[test]
    fn what_was_left_undone_is_taken_up_before_anything_new() {
        let mut pieces = Pieces::default();
        let (first, second) = (pieces.take(), pieces.take());
        assert_eq!((first.number, second.number), (0, 1));
        let left = Piece {
            attempts: 1,
            kept: Span::from_secs(60),
            ..second
        };
        pieces.give_back(left);
        assert_eq!(pieces.take(), left);
        assert_eq!(pieces.take().number, 2);
        pieces.give_back(Piece { number: 7, ..left });
        assert_eq!(pieces.take_number(7).kept, Span::from_secs(60));
        assert_eq!(pieces.take_number(7).attempts, 0, "it was taken");
    }
}
