//! What a reader of a packing's report meets.
