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
    let params = &case.value["params"];
    let settings = PullerSettings {
        downloads_max: params["max_concurrent_downloads"]
            .as_u64()
            .expect("a number of downloads") as u32,
        link_bytes_per_s: bytes(&params["bandwidth_mb_s"]),
        extract_bytes_per_s: bytes(&params["extract_mb_s"]),
    };
    let sizes = params["layers_mb"].as_array().expect("a list of layers");
    let layer = |(index, size)| Layer {
        digest: LayerDigest(index as u64),
        bytes: bytes(size),
    };
    let image = Image {
        name: case.id.clone(),
        layers: sizes.iter().enumerate().map(layer).collect(),
    };

    let mut puller = Puller::new(settings, NodeImageCache::default());
    puller.start(Time::ZERO, 0, &image);
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

fn bytes(megabytes: &Value) -> u64 {
    (megabytes.as_f64().expect("a number of megabytes") * 1e6).round() as u64
}
