//! The `image-pull` cases of `queueing.json`, through the model's own puller.
//!
//! Knows: the cases' parameters (megabytes, 10⁶ bytes) and what to observe of a pull. Must not know: how a pull works.

use super::{Case, Verdict, tolerance};
use serde_json::{Map, Value, json};
use tonnage::engine::Time;
use tonnage::model::image::{
    Image, Layer, LayerDigest, LayerProgress, NodeImageCache, Puller, PullerSettings,
};

/// Pulls the image onto an empty node and compares when each layer was downloaded and when the image was ready.
pub(crate) fn check(case: &Case) -> Verdict {
    match described(case) {
        Some((settings, image)) => pull(case, settings, &image),
        None => Verdict::NotYetSupported,
    }
}

/// The puller and the image of a case; nothing if it says less, more or something else.
fn described(case: &Case) -> Option<(PullerSettings, Image)> {
    let params = case.value["params"].as_object()?;
    let known = [
        "layers_mb",
        "bandwidth_mb_s",
        "extract_mb_s",
        "max_concurrent_downloads",
        "note",
    ];
    if !params.keys().all(|name| known.contains(&name.as_str())) {
        return None;
    }
    let downloads = params.get("max_concurrent_downloads")?.as_u64()?;
    let settings = PullerSettings {
        downloads_max: u32::try_from(downloads).ok()?,
        link_bytes_per_s: bytes(params.get("bandwidth_mb_s")?)?,
        extract_bytes_per_s: bytes(params.get("extract_mb_s")?)?,
    };
    let sizes = params.get("layers_mb")?.as_array()?;
    let layer = |(index, size)| {
        let bytes = bytes(size)?;
        Some(Layer {
            digest: LayerDigest(index as u64),
            bytes,
            unpacked: bytes,
        })
    };
    let image = Image {
        name: case.id.clone(),
        layers: sizes.iter().enumerate().map(layer).collect::<Option<_>>()?,
    };
    Some((settings, image))
}

fn pull(case: &Case, settings: PullerSettings, image: &Image) -> Verdict {
    let mut puller = Puller::new(settings, NodeImageCache::default());
    puller.start(Time::ZERO, 0, image);
    let (mut downloaded, mut finished, mut now) = (vec![None; image.layers.len()], Vec::new(), Time::ZERO);
    while finished.is_empty() {
        now = puller.next_event();
        assert_ne!(now, Time::NEVER, "the pull never ends");
        puller.advance(now, &mut finished);
        for (layer, at) in image.layers.iter().zip(&mut downloaded) {
            let progress = puller.layer_progress(now, layer.digest);
            if !matches!(
                progress,
                Some(LayerProgress::Queued | LayerProgress::Downloading { .. })
            ) {
                at.get_or_insert(now.secs_f64());
            }
        }
    }
    let measured = [
        ("download_finish_s".to_owned(), json!(downloaded)),
        ("image_ready_s".to_owned(), json!(now.secs_f64())),
    ];
    tolerance::compare(case.value, &Map::from_iter(measured))
}

fn bytes(megabytes: &Value) -> Option<u64> {
    megabytes
        .as_f64()
        .map(|megabytes| (megabytes * 1e6).round() as u64)
}
