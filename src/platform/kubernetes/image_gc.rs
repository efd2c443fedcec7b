//! Which images the kubelet deletes when a disk fills up.
//!
//! Source: Kubernetes 1.36 `pkg/kubelet/images/image_gc_manager.go` (`GarbageCollect`, `freeSpace`): percentages are whole
//! numbers, and an image counts with all its layers, also with those that others share.

use crate::engine::{Span, Time};
use crate::model::image::{DiskSpec, ImageDisk};

/// The kubelet's settings, under its own names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageGc {
    /// `imageGCHighThresholdPercent`: from this much on it deletes.
    pub high_percent: u8,
    /// `imageGCLowThresholdPercent`: down to this much.
    pub low_percent: u8,
    /// `imageMinimumGCAge`: nothing that has been there for less.
    pub minimum_age: Span,
}

impl ImageGc {
    /// How often it looks.
    pub const PERIOD: Span = Span::from_secs(5 * 60);
}

impl Default for ImageGc {
    fn default() -> Self {
        Self {
            high_percent: 85,
            low_percent: 80,
            minimum_age: Span::from_secs(2 * 60),
        }
    }
}

/// What a look comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The disk's use, whole percent.
    pub used_percent: u64,
    /// What has to be freed, bytes.
    pub wanted: u64,
    /// Images to delete, by name, in this order.
    pub images: Vec<String>,
    /// What they free by the kubelet's account, bytes; less than is wanted if too few may go.
    pub freed: u64,
}

/// What is deleted at `now`; nothing while the disk is below its high mark. Images used by a container that is there are
/// those last used at `now`.
#[must_use]
pub fn collect(rule: ImageGc, now: Time, disk: DiskSpec, images: &ImageDisk) -> Option<Collection> {
    let used = disk.other_bytes.saturating_add(images.bytes());
    let available = disk.bytes.saturating_sub(used);
    let capacity = disk.bytes.max(1);
    let used_percent = 100 - u64::try_from(u128::from(available) * 100 / u128::from(capacity)).unwrap_or(100);
    if used_percent < u64::from(rule.high_percent) {
        return None;
    }
    let free_part = 100 - u128::from(rule.low_percent.min(100));
    let to_be_free = u64::try_from(u128::from(capacity) * free_part / 100).unwrap_or(u64::MAX);
    let wanted = to_be_free.saturating_sub(available);
    let mut idle: Vec<_> = images
        .iter()
        .filter(|(_, image)| image.used != Some(now))
        .collect();
    idle.sort_by_key(|&(name, image)| (image.used, image.detected, name));
    let (mut gone, mut freed) = (Vec::new(), 0_u64);
    for (name, image) in idle {
        if freed >= wanted {
            break;
        }
        if now.since(image.detected) < rule.minimum_age {
            continue;
        }
        gone.push(name.to_owned());
        freed = freed.saturating_add(image.bytes());
    }
    Some(Collection {
        used_percent,
        wanted,
        images: gone,
        freed,
    })
}

#[cfg(test)]
mod tests {
    use super::{Collection, ImageGc, collect};
    use crate::engine::Time;
    use crate::model::image::{DiskSpec, Image, ImageDisk, Layer, LayerDigest};

    fn disk(images: &[(&str, u64, f64, Option<f64>)]) -> ImageDisk {
        let mut disk = ImageDisk::default();
        for (number, &(name, unpacked, detected, used)) in images.iter().enumerate() {
            let layer = Layer {
                digest: LayerDigest(number as u64),
                bytes: unpacked,
                unpacked,
            };
            let image = Image {
                name: name.into(),
                layers: vec![layer],
            };
            disk.arrived(Time::from_secs_f64(detected), name, &image);
            if let Some(used) = used {
                disk.used(Time::from_secs_f64(used), name);
            }
        }
        disk
    }

    const DISK: DiskSpec = DiskSpec {
        bytes: 1000,
        other_bytes: 100,
    };

    /// Those that nothing uses go, the one unused for longest first, until the low mark is reached; below the high mark
    /// nothing does.
    #[test]
    fn the_longest_unused_go_until_the_low_mark() {
        let now = Time::from_secs_f64(10_000.0);
        let full = disk(&[
            ("running", 400, 0.0, Some(10_000.0)),
            ("old", 150, 0.0, Some(100.0)),
            ("older", 20, 0.0, Some(50.0)),
            ("never", 10, 0.0, None),
            ("new", 250, 9_990.0, None),
        ]);
        let told = collect(ImageGc::default(), now, DISK, &full);
        let expected = Collection {
            used_percent: 93,
            wanted: 130,
            images: vec!["never".into(), "older".into(), "old".into()],
            freed: 180,
        };
        assert_eq!(told, Some(expected));
        let roomy = disk(&[
            ("running", 400, 0.0, Some(10_000.0)),
            ("old", 340, 0.0, Some(100.0)),
        ]);
        assert_eq!(
            collect(ImageGc::default(), now, DISK, &roomy),
            None,
            "what is free is rounded down: at 84.1 % the kubelet sees 85, at 84 % it does not collect"
        );
    }

    /// What is too young stays, even if the disk stays full.
    #[test]
    fn what_came_just_now_stays() {
        let young = disk(&[("new", 900, 99.0, None)]);
        let told = collect(ImageGc::default(), Time::from_secs_f64(100.0), DISK, &young);
        assert_eq!(
            told.map(|told| (told.used_percent, told.images.len())),
            Some((100, 0))
        );
    }
}
