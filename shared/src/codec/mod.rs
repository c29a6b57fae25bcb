//! The one codec of the wire: how values become JSON text and back. `json` reads and writes texts, `wire` gives the
//! types of `model` and `protocol` their form. It knows no noun of the product.

pub mod json;
pub mod wire;

pub use json::{DEPTH_MAX, Fields, Json, Malformed, MapWriter, Problem, Wire, parse, peek_tag, write_text};
