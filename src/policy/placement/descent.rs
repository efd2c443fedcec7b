//! Fragmentation gradient descent on one node (Weng et al., "Beware of Fragmentation", USENIX ATC 2023): which of its
//! devices a pod should get so that the least of its idle GPU becomes useless, and how little that is. The paper's policy
//! and the one for scenarios differ in which pods they expect, not in this.

use crate::model::gpu::{DEVICES_MAX, GpuRequest, Taken, hand_out};

/// How well a pod that asks for `gpus` goes to a node with so much `idle` of each device and room for it, 0 to 100, as a
/// whole number cut as the paper's plugin cuts it; and the devices it gets there. `before` is what of the node is useless
/// now, `fragmented` what will be with so much idle of each, both in thousandths of a device.
pub(super) fn descend(
    idle: &[u16],
    gpus: GpuRequest,
    before: f64,
    fragmented: impl Fn(&[u16]) -> f64,
) -> (f64, Taken) {
    let mut after = [0; DEVICES_MAX];
    let after = &mut after[..idle.len()];
    after.copy_from_slice(idle);
    let mut score = |taken: Taken| {
        taken.take_from(after);
        let now = fragmented(after);
        taken.give_back(after);
        (100.0 * sigmoid((before - now) / 1000.0)).trunc()
    };
    if !gpus.is_share() {
        let taken = hand_out(idle, gpus);
        return (score(taken), taken);
    }
    let mut best = (f64::NEG_INFINITY, Taken::NONE);
    for device in shared_devices(idle, gpus) {
        let taken = Taken::of([device], gpus.milli());
        let score = score(taken);
        if score > best.0 {
            best = (score, taken);
        }
    }
    best
}

/// The devices with enough idle for a share, but of those with the same idle only the lowest: the others are no better.
fn shared_devices(idle: &[u16], gpus: GpuRequest) -> impl Iterator<Item = usize> {
    (0..idle.len())
        .filter(move |&device| idle[device] >= gpus.milli() && !idle[..device].contains(&idle[device]))
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}
