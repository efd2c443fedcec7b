//! Power of d choices: of a few nodes drawn at random, the emptiest. Nearly as even as looking at all of them, for the
//! price of a few looks (Mitzenmacher 2001; Sparrow, SOSP 2013).

use super::by_rule::Ruled;
use super::rule::{Bin, Bins, Need, Rule};
use crate::engine::Stream;
use crate::policy::parameters::Parameters;
use crate::policy::reason::ReasonKind;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

static OF_A_FEW: ReasonKind = ReasonKind {
    code: "best_of_a_few",
    sentence: "the best of a few nodes with room that were drawn",
};

/// Which of the drawn nodes is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The one with the least reserved.
    #[default]
    Emptiest,
    /// The one with the most reserved.
    Fullest,
}

/// Of a few nodes with room drawn at random, the emptiest or the fullest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PowerOfD {
    /// How many are drawn, none of them twice.
    pub choices: NonZeroU32,
    /// Which of them is taken.
    pub prefer: Preference,
}

impl Default for PowerOfD {
    fn default() -> Self {
        Self {
            choices: const { NonZeroU32::new(2).unwrap() },
            prefer: Preference::default(),
        }
    }
}

impl Rule for PowerOfD {
    fn score(&self, bin: &Bin<'_>, need: &Need<'_>) -> f64 {
        let (sum, count) = bin.amounts(need).fold((0.0, 0_u32), |(sum, count), of| {
            (sum + (of.capacity - of.free) / of.capacity, count + 1)
        });
        let reserved = sum / f64::from(count.max(1));
        match self.prefer {
            Preference::Emptiest => -reserved,
            Preference::Fullest => reserved,
        }
    }

    fn choose(&mut self, bins: &mut dyn Bins, need: &Need<'_>, stream: &mut Stream) -> Option<usize> {
        let mut open: Vec<usize> = (0..bins.count()).filter(|&place| bins.has_room(place)).collect();
        let mut best: Option<(f64, usize)> = None;
        for drawn in 0..open.len().min(self.choices.get() as usize) {
            let other = stream.random_range(drawn..open.len());
            open.swap(drawn, other);
            let place = open[drawn];
            let Some(bin) = bins.with_room(place) else {
                continue;
            };
            let score = self.score(&bin, need);
            if best.is_none_or(|(known, _)| score > known) {
                best = Some((score, place));
            }
        }
        best.map(|(_, place)| place)
    }
}

impl Ruled for PowerOfD {
    const REASON: &'static ReasonKind = &OF_A_FEW;
}

impl Parameters for PowerOfD {}
