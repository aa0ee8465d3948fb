//! How a URL is written.

/// What is wrong with a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Url {
    /// A URL of a kind that is not known here.
    Scheme {
        /// As written.
        written: String,
        /// The one that looks most like it.
        near: Option<String>,
        /// All.
        known: String,
    },
    /// No address where a URL needs one.
    UrlAddress {
        /// As written.
        written: String,
        /// How it is written.
        example: &'static str,
    },
    /// A host name where an address is needed.
    HostName(String),
    /// No port or not one of 1 to 65535.
    Port(&'static str),
    /// Something after the address that does not belong there.
    UrlPath(String),
    /// No path where a URL needs one.
    NoPath(&'static str),
    /// A query key where none belongs, and the configuration's own key for it.
    QueryKey {
        /// As written.
        key: String,
        /// The key that says it.
        own: Option<&'static str>,
    },
    /// A query key that is not known here.
    UnknownQueryKey {
        /// As written.
        key: String,
        /// The one that looks most like it.
        near: Option<String>,
        /// All.
        known: String,
    },
    /// A query value that is not understood.
    QueryValue {
        /// Its key.
        key: String,
        /// As written.
        written: String,
        /// What belongs there.
        want: &'static str,
    },
    /// A passphrase or password in a URL.
    SecretInUrl {
        /// Whether a passphrase file is the way to write it.
        file: bool,
    },
    /// SRT with an IPv6 address.
    SrtIpv6,
    /// SRT that should call an address that nobody has.
    SrtCallsNobody,
}
