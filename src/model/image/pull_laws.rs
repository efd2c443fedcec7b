//! The laws of pulling: what must hold of [`Puller`] under any images, bandwidth and timing.
//!
//! Knows: the puller's public behaviour. Must not know: its level arithmetic.

use super::{Image, Layer, LayerDigest, LayerProgress, NodeImageCache, Puller, PullerSettings, Source};
use crate::engine::{Span, Time};
use proptest::prelude::*;

const MB: u64 = 1_000_000;

fn image(layers: &[(u64, u64)]) -> Image {
    Image {
        name: "test".into(),
        layers: layers
            .iter()
            .map(|&(digest, bytes)| Layer {
                digest: LayerDigest(digest),
                bytes,
                unpacked: bytes,
            })
            .collect(),
    }
}

fn puller(link: u64, downloads_max: u32) -> Puller {
    let settings = PullerSettings {
        downloads_max,
        link_bytes_per_s: link,
        extract_bytes_per_s: 1_000 * MB,
    };
    Puller::new(settings, NodeImageCache::default())
}

fn secs(secs: f64) -> Time {
    Time::from_secs_f64(secs)
}

/// Runs to the end; returns (token, time) in the order of finishing.
fn drain(puller: &mut Puller) -> Vec<(u64, Time)> {
    let (mut all, mut finished) = (Vec::new(), Vec::new());
    while puller.next_event() != Time::NEVER {
        let now = puller.next_event();
        puller.advance(now, &mut finished);
        all.extend(finished.drain(..).map(|token| (token, now)));
    }
    all
}

#[test]
fn a_cached_image_is_ready_at_once() {
    let mut puller = puller(MB, 3);
    puller.start(Time::ZERO, 1, &image(&[(1, MB)]));
    let first = drain(&mut puller)[0].1;
    let later = first + Span::from_secs(5);
    puller.start(later, 2, &image(&[(1, MB)]));
    assert_eq!(puller.next_event(), later);
    assert_eq!(drain(&mut puller), [(2, later)]);
    assert_eq!(
        puller.received_bytes(Source::Registry),
        MB,
        "the cached layer crossed the network again"
    );
}

#[test]
fn one_layer_wanted_twice_is_transferred_once() {
    let mut puller = puller(10 * MB, 3);
    puller.start(Time::ZERO, 1, &image(&[(7, 10 * MB)]));
    puller.start(secs(0.5), 2, &image(&[(7, 10 * MB), (8, 0)]));
    let ready = drain(&mut puller);
    assert_eq!(ready, [(1, secs(1.01)), (2, secs(1.01))]);
    assert_eq!(puller.received_bytes(Source::Registry), 10 * MB);
}

#[test]
fn two_equal_downloads_share_the_link_equally() {
    let mut puller = puller(10 * MB, 3);
    puller.start(Time::ZERO, 1, &image(&[(1, 10 * MB)]));
    puller.start(Time::ZERO, 2, &image(&[(2, 10 * MB)]));
    let half = LayerProgress::Downloading { received: 5 * MB };
    assert_eq!(puller.layer_progress(secs(1.0), LayerDigest(1)), Some(half));
    assert_eq!(puller.layer_progress(secs(1.0), LayerDigest(2)), Some(half));
    assert_eq!(drain(&mut puller), [(1, secs(2.01)), (2, secs(2.01))]);
}

#[test]
fn a_cancelled_pull_frees_its_share_but_not_what_others_want() {
    let mut puller = puller(10 * MB, 3);
    puller.start(Time::ZERO, 1, &image(&[(1, 10 * MB), (2, 10 * MB)]));
    puller.start(Time::ZERO, 2, &image(&[(1, 10 * MB)]));
    assert!(puller.cancel(secs(1.0), 1));
    // Layer 1 had 5 MB after a second of sharing with layer 2, then the whole link for its other 5 MB.
    assert_eq!(drain(&mut puller), [(2, secs(1.51))]);
    assert_eq!(puller.received_bytes(Source::Registry), 15 * MB);
    assert_eq!(puller.layer_progress(secs(9.0), LayerDigest(2)), None);
    assert!(!puller.cancel(secs(9.0), 1), "it is gone");
}

#[test]
fn a_cap_slows_downloads_from_when_it_is_set_and_zero_stalls_them() {
    let mut puller = puller(10 * MB, 3);
    puller.start(Time::ZERO, 1, &image(&[(1, 10 * MB)]));
    puller.set_rate(secs(0.5), Source::Registry, 0);
    assert_eq!(puller.next_event(), Time::NEVER);
    puller.set_rate(secs(3.0), Source::Registry, 5 * MB);
    assert_eq!(puller.next_event(), secs(4.0));
    puller.set_rate(secs(3.5), Source::Registry, u64::MAX);
    assert_eq!(
        puller.next_event(),
        secs(3.75),
        "the node's own link bounds it again"
    );
}

#[test]
fn a_pull_that_finished_unreported_can_still_be_cancelled() {
    let mut puller = puller(MB, 1);
    puller.start(Time::ZERO, 1, &image(&[]));
    assert!(puller.cancel(Time::ZERO, 1));
    assert_eq!(puller.next_event(), Time::NEVER);
}

/// Images over a small set of digests, so that they overlap; the size is a function of the digest.
fn images() -> impl Strategy<Value = Vec<(u64, Image)>> {
    let digests = prop::collection::vec(0u64..12, 0..6);
    let sized = |digest: u64| (digest, digest * digest * 777_777 + digest % 3);
    prop::collection::vec((0u64..5_000_000_000, digests), 1..6).prop_map(move |mut starts| {
        starts.sort_by_key(|&(at, _)| at);
        let layers = |digests: Vec<u64>| digests.into_iter().map(sized).collect::<Vec<_>>();
        starts
            .into_iter()
            .map(|(at, digests)| (at, image(&layers(digests))))
            .collect()
    })
}

/// Starts every image at its time and runs to the end; finish times by token.
fn finish_times(puller: &mut Puller, starts: &[(u64, Image)]) -> Vec<Time> {
    let (mut times, mut finished) = (vec![Time::NEVER; starts.len()], Vec::new());
    for (token, (at, image)) in starts.iter().enumerate() {
        while puller.next_event() <= Time::from_nanos(*at) {
            let now = puller.next_event();
            puller.advance(now, &mut finished);
            finished.drain(..).for_each(|token| times[token as usize] = now);
        }
        puller.start(Time::from_nanos(*at), token as u64, image);
    }
    drain(puller)
        .into_iter()
        .for_each(|(token, at)| times[token as usize] = at);
    times
}

proptest! {
    /// Every distinct layer crosses the network exactly once and ends on disk, and the link is never faster than it is.
    #[test]
    fn bytes_are_conserved(starts in images(), link in MB..200 * MB, slots in 1u32..5) {
        let mut puller = puller(link, slots);
        let times = finish_times(&mut puller, &starts);
        let all: Vec<_> = starts.iter().flat_map(|(_, image)| image.layers.iter().copied()).collect();
        let union = Image { name: "all".into(), layers: all };
        prop_assert_eq!(puller.received_bytes(Source::Registry), union.bytes());
        prop_assert!(puller.cache().has_image(&union));
        prop_assert!(times.iter().all(|&time| time != Time::NEVER));
        let last = times.iter().max().unwrap().since(Time::from_nanos(starts[0].0));
        let needed = u128::from(union.bytes()) * 1_000_000_000 / u128::from(link);
        prop_assert!(u128::from(last.nanos()) + 1_000 >= needed, "{last} for {needed} ns of transfer");
    }

    /// More bandwidth never makes any pull finish later (up to the nanosecond each completion is rounded by).
    #[test]
    fn more_bandwidth_never_finishes_later(starts in images(), link in MB..200 * MB, more in 0u64..200 * MB, slots in 1u32..5) {
        let slow = finish_times(&mut puller(link, slots), &starts);
        let fast = finish_times(&mut puller(link + more, slots), &starts);
        for (slow, fast) in slow.iter().zip(&fast) {
            prop_assert!(*fast <= *slow + Span::from_nanos(64), "{fast:?} after {slow:?}");
        }
    }

    /// Looking at a puller in between, or going on with a copy, changes no nanosecond.
    #[test]
    fn small_steps_and_copies_change_nothing(starts in images(), step in 1_000_000u64..500_000_000) {
        let mut stepped = puller(37 * MB, 3);
        let mut whole = stepped.clone();
        let expected = finish_times(&mut whole, &starts);
        let (mut times, mut finished) = (vec![Time::NEVER; starts.len()], Vec::new());
        let mut waiting = starts.iter().enumerate().peekable();
        let mut now = Time::ZERO;
        while waiting.peek().is_some() || stepped.next_event() != Time::NEVER {
            let start = waiting.peek().map_or(Time::NEVER, |(_, (at, _))| Time::from_nanos(*at));
            now = start.min(stepped.next_event()).min(now + Span::from_nanos(step));
            stepped.advance(now, &mut finished);
            finished.drain(..).for_each(|token| times[token as usize] = now);
            if start == now {
                let (token, (_, image)) = waiting.next().unwrap();
                stepped.start(now, token as u64, image);
            }
            stepped = stepped.clone();
        }
        prop_assert_eq!(times, expected);
    }
}
