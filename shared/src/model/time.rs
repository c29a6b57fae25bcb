//! Instants as they are stored and sent. Never used for order: order is `Seq`.

use crate::codec::{Json, Malformed, Wire};

/// Milliseconds since 1970-01-01 UTC, by the server's clock unless a name says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// The span since `earlier`, zero when the clock has gone back: a wait is never negative.
    pub fn since(self, earlier: UnixMillis) -> core::time::Duration {
        core::time::Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This instant moved by a span, saturating.
    pub fn plus(self, span: core::time::Duration) -> UnixMillis {
        UnixMillis(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

impl Wire for UnixMillis {
    fn write(&self, out: &mut String) {
        self.0.write(out);
    }
    fn read(json: Json) -> Result<Self, Malformed> {
        i64::read(json).map(UnixMillis)
    }
}
