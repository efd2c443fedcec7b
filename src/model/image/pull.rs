//! How a node pulls images: a fluid model of its link, its download slots and its extraction.
//!
//! Knows: one node's transfers and the time they take. Must not know: other nodes (what it gets of the bandwidth they
//! share comes in as a cap, [`Puller::set_rate`]), pods, or why an image is wanted.
//!
//! The rules are Docker's (moby `daemon/internal/distribution/xfer`, `daemon/config`: `max-concurrent-downloads` 3):
//!
//! - Layers are downloaded in the order in which pulls asked for them, at most [`PullerSettings::downloads_max`] at a
//!   time over the whole node. Active downloads from one source share its rate equally; without a cap that is the link.
//! - A digest has one transfer, however many pulls want it. It ends when nobody wants it any more.
//! - A layer is extracted after the layers below it, so an image extracts one layer at a time; extraction needs no
//!   download slot and overlaps later downloads. Different images extract side by side.
//! - A layer that is on disk when the pull starts costs nothing.
//!
//! Everything is integer; how sharing is computed and rounded is in `share`.

use super::layer::{Image, Layer, LayerDigest, NodeImageCache};
use super::share::{EqualShare, Level};
use crate::engine::{Span, Time};

const NANOS_PER_SEC: u128 = 1_000_000_000;

/// What a node's puller can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PullerSettings {
    /// Layers downloaded at once on the node; at least 1. Docker's and this model's default is 3.
    pub downloads_max: u32,
    /// The node's link, bytes per second.
    pub link_bytes_per_s: u64,
    /// Extraction speed of one image, compressed bytes per second; at least 1.
    pub extract_bytes_per_s: u64,
}

impl Default for PullerSettings {
    /// Docker's 3 downloads; a link of 100 MB/s and extraction at 200 MB/s as a middling cloud node has.
    fn default() -> Self {
        Self {
            downloads_max: 3,
            link_bytes_per_s: 100_000_000,
            extract_bytes_per_s: 200_000_000,
        }
    }
}

/// Where a layer comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The registry that has every image.
    Registry,
    /// A pull-through cache near the nodes, which has what came through it before.
    Cache,
}

impl Source {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Registry, Self::Cache];
}

/// How far a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerProgress {
    /// Waits for a download slot.
    Queued,
    /// Is being downloaded.
    Downloading {
        /// Bytes received so far, rounded down.
        received: u64,
    },
    /// Is downloaded and waits for the layers below it.
    Downloaded,
    /// Is being extracted.
    Extracting {
        /// When that ends.
        until: Time,
    },
    /// Is on disk.
    Cached,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Queued,
    /// Ends when the level reaches `to`.
    Downloading {
        to: Level,
    },
    Downloaded,
    Extracting {
        until: Time,
    },
}

/// The one transfer of a digest.
#[derive(Clone, Copy, Debug)]
struct Transfer {
    layer: Layer,
    source: Source,
    wanted_by: u32,
    phase: Phase,
}

/// One asked-for image: the layers that were not on disk, base first, each once.
#[derive(Clone, Debug)]
struct Pull {
    token: u64,
    layers: Vec<LayerDigest>,
    /// How many of `layers` are on disk.
    extracted: usize,
}

/// The pulls of one node. Event-driven: [`Puller::next_event`] says when to call [`Puller::advance`]. A node has few
/// transfers at a time, so each step scans them; it allocates only when a pull starts.
#[derive(Clone, Debug)]
pub struct Puller {
    settings: PullerSettings,
    cache: NodeImageCache,
    /// In the order in which they were asked for, which is the order in which downloads start.
    transfers: Vec<Transfer>,
    pulls: Vec<Pull>,
    finished: Vec<u64>,
    now: Time,
    /// The rate of each source among the active downloads from it.
    links: [EqualShare; 2],
    received: [u64; 2],
    /// Layers received from the registry that nobody has asked for yet.
    fetched: Option<Vec<LayerDigest>>,
}

impl Puller {
    /// A puller with nothing to do, over what is already on the node's disk.
    ///
    /// # Panics
    /// If `settings` allow no download or no extraction at all.
    #[must_use]
    pub fn new(settings: PullerSettings, cache: NodeImageCache) -> Self {
        assert!(settings.downloads_max >= 1, "a puller needs a download slot");
        assert!(settings.extract_bytes_per_s >= 1, "extraction needs a speed");
        Self {
            settings,
            cache,
            transfers: Vec::new(),
            pulls: Vec::new(),
            finished: Vec::new(),
            now: Time::ZERO,
            links: [
                EqualShare::new(settings.link_bytes_per_s),
                EqualShare::new(settings.link_bytes_per_s),
            ],
            received: [0; 2],
            fetched: None,
        }
    }

    /// From now on [`Puller::take_fetched`] tells which layers came from the registry.
    #[must_use]
    pub fn telling(mut self) -> Self {
        self.fetched = Some(Vec::new());
        self
    }

    /// Begins pulling `image` at `now`; `pull_token` names the pull in [`Puller::advance`] and [`Puller::cancel`].
    /// If every layer is on disk the pull is finished at `now`.
    ///
    /// # Panics
    /// If a pull of that token is under way, or `now` is in the puller's past.
    pub fn start(&mut self, now: Time, pull_token: u64, image: &Image) {
        self.start_from(now, pull_token, image, |_| Source::Registry);
    }

    /// The same, where layers come from where `source` says. A layer that is being transferred already goes on as it is.
    ///
    /// # Panics
    /// As [`Puller::start`].
    pub fn start_from(
        &mut self,
        now: Time,
        pull_token: u64,
        image: &Image,
        source: impl Fn(LayerDigest) -> Source,
    ) {
        self.settle(now);
        assert!(
            self.pulls.iter().all(|pull| pull.token != pull_token),
            "two pulls under way share the token {pull_token}"
        );
        let mut layers = Vec::new();
        for &layer in &image.layers {
            if self.cache.contains(layer.digest) || layers.contains(&layer.digest) {
                continue;
            }
            layers.push(layer.digest);
            match self.transfers.iter_mut().find(|t| t.layer.digest == layer.digest) {
                Some(transfer) => transfer.wanted_by += 1,
                None => self.transfers.push(Transfer {
                    layer,
                    source: source(layer.digest),
                    wanted_by: 1,
                    phase: Phase::Queued,
                }),
            }
        }
        self.pulls.push(Pull {
            token: pull_token,
            layers,
            extracted: 0,
        });
        self.react();
    }

    /// When something next happens; [`Time::NEVER`] if nothing is under way or no bandwidth is left. It is not later
    /// than the current time while a finished pull waits to be reported.
    #[must_use]
    pub fn next_event(&self) -> Time {
        if self.finished.is_empty() {
            self.next_change()
        } else {
            self.now
        }
    }

    /// Goes on to `now` and appends the tokens of the pulls finished since the last call, in the order in which they
    /// finished; pulls that finished together in the order of their start.
    ///
    /// # Panics
    /// If `now` is in the puller's past.
    pub fn advance(&mut self, now: Time, finished: &mut Vec<u64>) {
        self.settle(now);
        finished.append(&mut self.finished);
    }

    /// Gives a pull up at `now`; says whether it was under way or not yet reported. Transfers that nobody else wants
    /// end, what they received is lost, and their share goes to the others. Layers already on disk stay.
    ///
    /// # Panics
    /// If `now` is in the puller's past.
    pub fn cancel(&mut self, now: Time, pull_token: u64) -> bool {
        self.settle(now);
        if let Some(at) = self.finished.iter().position(|&token| token == pull_token) {
            self.finished.remove(at);
            return true;
        }
        let Some(at) = self.pulls.iter().position(|pull| pull.token == pull_token) else {
            return false;
        };
        let pull = self.pulls.remove(at);
        let levels = self.levels();
        let received = &mut self.received;
        self.transfers.retain_mut(|transfer| {
            if pull.layers[pull.extracted..].contains(&transfer.layer.digest) {
                transfer.wanted_by -= 1;
            }
            if transfer.wanted_by == 0 && matches!(transfer.phase, Phase::Downloading { .. }) {
                received[transfer.source as usize] += transfer.received(levels);
            }
            transfer.wanted_by > 0
        });
        self.react();
        true
    }

    /// Caps what the node may receive from `source` from `now` on, bytes per second: its share of what the source sends and
    /// of its own link, which bounds each source by itself here. Zero stalls its downloads until the next call.
    ///
    /// # Panics
    /// If `now` is in the puller's past.
    pub fn set_rate(&mut self, now: Time, source: Source, bytes_per_s: u64) {
        self.settle(now);
        self.links[source as usize].set_rate(now, self.settings.link_bytes_per_s.min(bytes_per_s));
    }

    /// A layer is in the pull-through cache now: if its download has not begun, it will come from there.
    pub fn is_nearby(&mut self, digest: LayerDigest) {
        let queued = |t: &&mut Transfer| t.layer.digest == digest && matches!(t.phase, Phase::Queued);
        if let Some(transfer) = self.transfers.iter_mut().find(queued) {
            transfer.source = Source::Cache;
        }
    }

    /// How many layers are being downloaded from `source` now: whether the node takes part in sharing what it sends.
    #[must_use]
    pub fn downloads(&self, source: Source) -> u32 {
        self.links[source as usize].members()
    }

    /// Whether a pull has bytes to come from the registry.
    #[must_use]
    pub fn needs_registry(&self, pull_token: u64) -> bool {
        let comes = |t: &Transfer| {
            t.source == Source::Registry && matches!(t.phase, Phase::Queued | Phase::Downloading { .. })
        };
        let of = |digest| {
            self.transfers
                .iter()
                .any(|t| t.layer.digest == digest && comes(t))
        };
        let mut pulls = self.pulls.iter().filter(|pull| pull.token == pull_token);
        pulls.any(|pull| pull.layers[pull.extracted..].iter().any(|&digest| of(digest)))
    }

    /// Bytes received from `source` so far, those of cancelled transfers included and those of running ones not.
    #[must_use]
    pub fn received_bytes(&self, source: Source) -> u64 {
        self.received[source as usize]
    }

    /// Layers that came whole from the registry since the last call, if [it was to be told](Puller::telling).
    pub fn take_fetched(&mut self) -> Vec<LayerDigest> {
        self.fetched.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// How far a layer is at `now`, which must not lie beyond [`Puller::next_event`]; `None` if it is neither on disk
    /// nor wanted.
    #[must_use]
    pub fn layer_progress(&self, now: Time, digest: LayerDigest) -> Option<LayerProgress> {
        let Some(transfer) = self.transfers.iter().find(|t| t.layer.digest == digest) else {
            return self.cache.contains(digest).then_some(LayerProgress::Cached);
        };
        Some(match transfer.phase {
            Phase::Queued => LayerProgress::Queued,
            Phase::Downloading { .. } => LayerProgress::Downloading {
                received: transfer.received(self.links.each_ref().map(|link| link.level(now))),
            },
            Phase::Downloaded => LayerProgress::Downloaded,
            Phase::Extracting { until } => LayerProgress::Extracting { until },
        })
    }

    /// What is on disk.
    #[must_use]
    pub fn cache(&self) -> &NodeImageCache {
        &self.cache
    }

    /// What is on disk, for garbage collection, which must leave the layers of images being pulled alone (as Docker
    /// does): a pull counts on what was on disk when it started, and on what it has extracted.
    pub fn cache_mut(&mut self) -> &mut NodeImageCache {
        &mut self.cache
    }

    fn next_change(&self) -> Time {
        let ends = self.transfers.iter().map(|transfer| match transfer.phase {
            Phase::Downloading { to } => self.links[transfer.source as usize].time_of(to),
            Phase::Extracting { until } => until,
            Phase::Queued | Phase::Downloaded => Time::NEVER,
        });
        ends.min().unwrap_or(Time::NEVER)
    }

    /// Lets everything happen that is due by `now`.
    fn settle(&mut self, now: Time) {
        assert!(now >= self.now, "a puller does not go back in time");
        loop {
            let due = self.next_change();
            if due > now || due == Time::NEVER {
                break;
            }
            self.now = due;
            self.complete_due();
            self.react();
        }
        self.now = now;
    }

    /// Ends the downloads and extractions that are due now.
    fn complete_due(&mut self) {
        let (now, levels) = (self.now, self.levels());
        for transfer in &mut self.transfers {
            let source = transfer.source as usize;
            match transfer.phase {
                Phase::Downloading { to } if to <= levels[source] => {
                    transfer.phase = Phase::Downloaded;
                    self.received[source] += transfer.layer.bytes;
                    if let Some(fetched) = self
                        .fetched
                        .as_mut()
                        .filter(|_| transfer.source == Source::Registry)
                    {
                        fetched.push(transfer.layer.digest);
                    }
                }
                Phase::Extracting { until } if until <= now => {
                    self.cache.insert(transfer.layer.digest);
                }
                _ => {}
            }
        }
        let cache = &self.cache;
        self.transfers.retain(|transfer| {
            !(matches!(transfer.phase, Phase::Extracting { .. }) && cache.contains(transfer.layer.digest))
        });
    }

    /// Starts what can start at this instant: extractions, then downloads in freed slots.
    fn react(&mut self) {
        let (now, transfers, finished) = (self.now, &mut self.transfers, &mut self.finished);
        let extract_rate = u128::from(self.settings.extract_bytes_per_s);
        self.pulls.retain_mut(|pull| {
            while let Some(&digest) = pull.layers.get(pull.extracted) {
                let Some(transfer) = transfers.iter_mut().find(|t| t.layer.digest == digest) else {
                    pull.extracted += 1;
                    continue;
                };
                if matches!(transfer.phase, Phase::Downloaded) {
                    let nanos =
                        (u128::from(transfer.layer.bytes) * NANOS_PER_SEC + extract_rate / 2) / extract_rate;
                    let span = Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
                    transfer.phase = Phase::Extracting { until: now + span };
                }
                return true;
            }
            finished.push(pull.token);
            false
        });
        let levels = self.levels();
        let mut downloads = [0; 2];
        for transfer in &self.transfers {
            downloads[transfer.source as usize] +=
                u32::from(matches!(transfer.phase, Phase::Downloading { .. }));
        }
        for transfer in &mut self.transfers {
            if downloads[0] + downloads[1] == self.settings.downloads_max {
                break;
            }
            if matches!(transfer.phase, Phase::Queued) {
                let source = transfer.source as usize;
                let to = levels[source].after(transfer.layer.bytes);
                transfer.phase = Phase::Downloading { to };
                downloads[source] += 1;
            }
        }
        for (link, downloads) in self.links.iter_mut().zip(downloads) {
            link.set_members(now, downloads);
        }
    }

    /// The levels of both sources now.
    fn levels(&self) -> [Level; 2] {
        self.links.each_ref().map(|link| link.level(self.now))
    }
}

impl Transfer {
    /// Bytes received when the levels are `levels`, rounded down.
    fn received(&self, levels: [Level; 2]) -> u64 {
        let level = levels[self.source as usize];
        match self.phase {
            Phase::Queued => 0,
            Phase::Downloading { to } => self.layer.bytes - level.bytes_until(to).min(self.layer.bytes),
            Phase::Downloaded | Phase::Extracting { .. } => self.layer.bytes,
        }
    }
}

#[cfg(test)]
#[path = "pull_laws.rs"]
mod laws;
