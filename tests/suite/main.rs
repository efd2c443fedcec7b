//! The one integration binary: every test that looks at Tonnage from outside. One binary, so that the crate is linked
//! once; a folder or file is one question.

mod cli;
mod conformance;
mod house_rules;
mod queue_model;
mod theory;
