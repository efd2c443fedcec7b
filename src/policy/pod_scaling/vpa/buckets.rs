//! Where the buckets of a usage histogram start: each is 5 % wider than the one before.
//!
//! Knows: Go's arithmetic of starts and of finding a bucket. Must not know: weights.
//! Sources: `recommender/util/histogram_options.go`, the constants from `recommender/model/aggregations_config.go`.

use crate::policy::pod_scaling::go_math::{ln, pow};

/// Buckets of every histogram; both resources happen to need the same number.
pub const BUCKETS: usize = 176;

/// Each bucket is this many times as wide as the one before.
const RATIO: f64 = 1.05;

/// A scheme of buckets.
#[derive(Debug)]
pub struct Buckets {
    first_size: f64,
    starts: [f64; BUCKETS],
}

/// Buckets for CPU, cores: the first is 0.01 wide, the last starts above 1000.
pub static CPU_BUCKETS: Buckets = Buckets::new(0.01, 1000.0);

/// Buckets for memory, bytes: the first is 10^7 wide, the last starts above 10^12.
pub static MEMORY_BUCKETS: Buckets = Buckets::new(1e7, 1e12);

impl Buckets {
    /// A scheme whose first bucket has `first_size` and whose last starts at `max` or above. Only two exist, made when
    /// the program is built; `max` says that [`BUCKETS`] is their number.
    const fn new(first_size: f64, max: f64) -> Self {
        let exact = ln(max * (RATIO - 1.0) / first_size + 1.0) / ln(RATIO);
        let whole = exact as usize;
        let above = if exact > whole as f64 { whole + 1 } else { whole };
        assert!(
            above + 1 == BUCKETS,
            "every scheme has the same number of buckets"
        );
        let mut starts = [0.0; BUCKETS];
        let mut bucket = 1;
        while bucket < BUCKETS {
            starts[bucket] = first_size * (pow(RATIO, bucket as i32) - 1.0) / (RATIO - 1.0);
            bucket += 1;
        }
        Self { first_size, starts }
    }

    /// Where bucket `bucket` starts; the last bucket for any number above it.
    #[must_use]
    pub fn start(&self, bucket: usize) -> f64 {
        self.starts[bucket.min(BUCKETS - 1)]
    }

    /// The bucket of `value`. A value that is exactly a bucket's start lands one bucket lower from the third bucket
    /// on: the logarithm falls just short, as it does in Go.
    #[must_use]
    pub fn find(&self, value: f64) -> usize {
        if value < self.first_size {
            return 0;
        }
        let bucket = ln(value * (RATIO - 1.0) / self.first_size + 1.0) / ln(RATIO);
        (bucket as usize).min(BUCKETS - 1)
    }
}
