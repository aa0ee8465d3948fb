//! How a value is written.

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text without a character where one is needed.
    EmptyText,
    /// Text longer than this many characters.
    LongText(u64),
    /// Line ends or other control characters in a text.
    ControlCharacter,
    /// A number outside its limits.
    Number {
        /// At least.
        low: i64,
        /// At most.
        high: i64,
    },
    /// A rate or a time without its unit; what the number would be with one.
    NoUnit(String),
    /// Not a rate.
    Rate(String),
    /// A rate outside its limits.
    RateLimits {
        /// At least.
        low: &'static str,
        /// At most.
        high: &'static str,
    },
    /// Not a span of time.
    Span(String),
    /// A span outside its limits.
    SpanLimits {
        /// At least.
        low: String,
        /// At most.
        high: String,
    },
    /// Not a rung of a ladder.
    Rung(String),
    /// Not a number of bytes.
    Size(String),
    /// Not a DSCP.
    Dscp(String),
    /// Not an address and port to listen on.
    ListenAddress(String),
    /// What names no multicast groups.
    AllowedGroup(String),
    /// Not the address of a host.
    HostAddress(String),
    /// Not a channel id.
    ChannelId(String),
    /// Not one of a closed set.
    Choice {
        /// As written.
        written: String,
        /// The one that looks most like it.
        near: Option<String>,
        /// All.
        known: String,
    },
}
