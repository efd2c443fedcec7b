//! Wrappers for what a source cannot do by itself: beginning again, and scaling single replayed requests.
//!
//! Knows: how to reopen a load and how to repeat or drop requests. Must not know: what kind of load it is.

use std::sync::Arc;

use rand::RngExt;

use super::spec::Opening;
use super::{Arrival, ArrivalSource, Intensity, LoadSpec, Source};
use crate::engine::{Span, Stream, StreamKey, Time};

/// So many laps in a row without a request end a looped load.
const LAPS_SILENT_MAX: u32 = 100_000;

/// A load that starts again every `span`. Lap n draws from streams of its own, named `<load>#<n>` from n = 1 on.
#[derive(Clone)]
pub(super) struct Looped {
    spec: Arc<LoadSpec>,
    key: StreamKey,
    name: Arc<str>,
    /// As seen from the load's beginning.
    factor: Intensity,
    origin: Time,
    span: Span,
    lap: u64,
    lap_end: Time,
    current: Source,
    ended: bool,
}

impl Looped {
    pub(super) fn new(spec: &LoadSpec, span: Span, opening: &Opening<'_>) -> Self {
        Self {
            spec: Arc::new(spec.clone()),
            key: opening.key,
            name: opening.name.into(),
            factor: opening.factor,
            origin: opening.origin,
            span,
            lap: 0,
            lap_end: opening.origin + span,
            current: spec.open_once(opening),
            ended: span.is_zero(),
        }
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.current.fault()
    }

    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        if self.ended {
            return None;
        }
        for _ in 0..LAPS_SILENT_MAX {
            match self.current.next_arrival() {
                Some(arrival) if arrival.at < self.lap_end => return Some(arrival),
                _ if self.current.fault().is_some() || self.lap_end == Time::NEVER => break,
                _ => self.begin_lap(),
            }
        }
        self.ended = true;
        None
    }

    fn begin_lap(&mut self) {
        self.lap += 1;
        let name = format!("{}#{}", self.name, self.lap);
        let origin = self.lap_end;
        let factor = self
            .factor
            .from_then_on(Time::ZERO + Span::from_nanos(origin.since(self.origin).nanos()));
        self.current = self.spec.open_once(&Opening {
            key: self.key,
            name: &name,
            origin,
            factor,
        });
        self.lap_end = origin + self.span;
    }
}

/// Requests of a custom source, shifted, and each kept, dropped or repeated so that the expected number of copies is
/// the factor at its time: floor(factor) copies, and one more with the remaining probability. One draw a request.
#[derive(Clone)]
pub(super) struct Replayed {
    inner: Box<dyn ArrivalSource>,
    stream: Stream,
    factor: Intensity,
    origin: Time,
    current: Option<Arrival>,
    copies: u64,
}

impl Replayed {
    pub(super) fn new(inner: Box<dyn ArrivalSource>, opening: &Opening<'_>) -> Self {
        let (stream, factor, origin) = (opening.stream("/copies"), opening.factor, opening.origin);
        Self {
            inner,
            stream,
            factor,
            origin,
            current: None,
            copies: 0,
        }
    }

    pub(super) fn fault(&self) -> Option<&str> {
        self.inner.fault()
    }

    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        if self.factor.scale() <= 0.0 {
            return None;
        }
        while self.copies == 0 {
            let arrival = self.inner.next_arrival()?;
            let factor = self.factor.at(arrival.at.secs_f64());
            let whole = factor.floor();
            self.copies = whole as u64 + u64::from(self.stream.random::<f64>() < factor - whole);
            let at = self.origin + Span::from_nanos(arrival.at.nanos());
            self.current = Some(Arrival { at, ..arrival });
        }
        self.copies -= 1;
        self.current
    }
}
