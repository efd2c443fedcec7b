//! The arrival sources, dispatched statically.
//!
//! Knows: which kinds there are. Must not know: how any of them works.

use super::constant::Constant;
use super::counts::CountSource;
use super::mmpp::MmppSource;
use super::modify::{Looped, Replayed};
use super::poisson::Poisson;
use super::renewal::Renewal;
use super::shaped::Shaped;
use super::{Arrival, ArrivalSource};

/// A stream of arrivals, opened by [`super::Load::open`] or [`super::LoadSpec::open`]. Only `Custom`, and sources
/// fed by a caller's own trait objects, pay for dynamic dispatch.
#[derive(Clone)]
pub struct Source(Kind);

#[derive(Clone)]
pub(super) enum Kind {
    Constant(Constant),
    Poisson(Poisson),
    Renewal(Box<Renewal>),
    Shaped(Box<Shaped>),
    Mmpp(Box<MmppSource>),
    Counts(Box<CountSource>),
    Looped(Box<Looped>),
    Replayed(Box<Replayed>),
    Custom(Box<dyn ArrivalSource>),
}

impl std::fmt::Debug for Source {
    /// The kind only: a source is a place in a stream, not something to read.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self.0 {
            Kind::Constant(_) => "constant",
            Kind::Poisson(_) => "poisson",
            Kind::Renewal(_) => "renewal",
            Kind::Shaped(_) => "shaped",
            Kind::Mmpp(_) => "mmpp",
            Kind::Counts(_) => "counts",
            Kind::Looped(_) => "looped",
            Kind::Replayed(_) => "replayed",
            Kind::Custom(_) => "custom",
        })
    }
}

impl Source {
    pub(super) const fn new(kind: Kind) -> Self {
        Self(kind)
    }

    /// A source of the caller's own.
    #[must_use]
    pub fn custom(source: Box<dyn ArrivalSource>) -> Self {
        Self(Kind::Custom(source))
    }

    /// The next request. Times never decrease; after the first `None` it stays `None`.
    ///
    /// Always inlined, with the commonest kind first: an arrival that goes through memory costs more than its draw.
    #[inline(always)]
    pub fn next_arrival(&mut self) -> Option<Arrival> {
        if let Kind::Poisson(source) = &mut self.0 {
            return source.next_arrival();
        }
        self.next_of_another_kind()
    }

    fn next_of_another_kind(&mut self) -> Option<Arrival> {
        match &mut self.0 {
            Kind::Poisson(source) => source.next_arrival(),
            Kind::Shaped(source) => source.next_arrival(),
            Kind::Counts(source) => source.next_arrival(),
            Kind::Constant(source) => source.next_arrival(),
            Kind::Mmpp(source) => source.next_arrival(),
            Kind::Renewal(source) => source.next_arrival(),
            Kind::Looped(source) => source.next_arrival(),
            Kind::Replayed(source) => source.next_arrival(),
            Kind::Custom(source) => source.next_arrival(),
        }
    }

    /// Why the stream ended early, if it did: for example a file that changed after it was validated.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        match &self.0 {
            Kind::Counts(source) => source.fault(),
            Kind::Looped(source) => source.fault(),
            Kind::Replayed(source) => source.fault(),
            Kind::Custom(source) => source.fault(),
            Kind::Constant(_) | Kind::Poisson(_) | Kind::Renewal(_) | Kind::Shaped(_) | Kind::Mmpp(_) => None,
        }
    }
}

impl ArrivalSource for Source {
    fn next_arrival(&mut self) -> Option<Arrival> {
        Self::next_arrival(self)
    }

    fn clone_box(&self) -> Box<dyn ArrivalSource> {
        Box::new(self.clone())
    }

    fn fault(&self) -> Option<&str> {
        Self::fault(self)
    }
}
