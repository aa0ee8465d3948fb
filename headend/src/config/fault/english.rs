//! Faults in English: what is wrong, and what to do.

use packager::protect::MatrixError;

use super::{Certificate, Form, HlsFault, Kind, Meaning, Merge, NoEffect, Url, Value, Webhook};

/// Of the form.
pub(super) fn form(fault: &Form) -> (String, String) {
    use Form as F;
    match fault {
        F::Unreadable { path, reason } => only(format!("cannot read {}: {reason}", path.display())),
        F::TooLarge(limit) => both(
            format!("the file is over {limit} bytes"),
            "this is not the configuration of a node",
        ),
        F::NotText => both("the file is not UTF-8 text", "save it as UTF-8"),
        F::Syntax(words) => only(words),
        F::UnknownKey { key, near, known } => both(
            format!("unknown key `{key}`"),
            propose(near.as_deref(), known),
        ),
        F::MissingKey(key) => both(
            format!("`{key}` is missing"),
            format!("write `{key} = …` here"),
        ),
        F::MissingTables { key, tables } => both(
            format!("`{key}` is missing"),
            format!(
                "write `[[{}]]` below, and `{} = …` under it",
                tables.path, tables.first
            ),
        ),
        F::WrongType { want, got } => only(wrong_type(*want, *got)),
        F::NotTables { tables, got } => both(
            wrong_type(Kind::Tables, *got),
            format!(
                "write `[[{}]]` below instead, and `{} = …` under it",
                tables.path, tables.first
            ),
        ),
        F::ListLength { low, high, got } => only(format!(
            "{low} to {high} entries belong here, there are {got}"
        )),
    }
}

/// Of a value.
pub(super) fn value(fault: &Value) -> (String, String) {
    use Value as F;
    match fault {
        F::EmptyText => both("the text is empty", "write it, or leave the key out"),
        F::LongText(limit) => only(format!("the text has over {limit} characters")),
        F::ControlCharacter => both(
            "the text has control characters (line ends, tabs)",
            "write it on one line",
        ),
        F::Number { low, high } => only(format!("the number must be {low} to {high}")),
        F::NoUnit(proposal) => both(
            "a number without a unit",
            format!("write the unit: {proposal}"),
        ),
        F::Rate(written) => both(
            format!("`{written}` is not a rate"),
            "write bits a second with k, M or G: \"6M\", \"800k\", \"2.5M\"",
        ),
        F::RateLimits { low, high } => only(format!("the rate must be {low} to {high}")),
        F::Span(written) => both(
            format!("`{written}` is not a span of time"),
            "write it with ms, s, m or h: \"400ms\", \"2s\", \"1m\", \"4h\"",
        ),
        F::Size(written) => both(
            format!("`{written}` is not a size"),
            "write it with MiB, GiB or TiB: \"500MiB\", \"50GiB\"",
        ),
        F::SpanLimits { low, high } => only(format!("the span must be {low} to {high}")),
        F::Rung(written) => both(
            format!("`{written}` is not a rung"),
            "write \"720p 1.5M\" (an even number of lines, 90p to 2160p, at 100k to 50M) or \"audio 64k\" (16k to 320k)",
        ),
        F::Dscp(written) => both(
            format!("`{written}` is not a DSCP"),
            "write ef, af11 to af43, cs0 to cs7, or a number from 0 to 63",
        ),
        F::Choice {
            written,
            near,
            known,
        } => both(
            format!("`{written}` is not one of {known}"),
            propose(near.as_deref(), ""),
        ),
        F::ChannelId(written) => both(
            format!("`{written}` cannot be an id"),
            "write 1 to 32 of a to z, 0 to 9 and -; what people read goes into `name`",
        ),
        F::AllowedGroup(written) => both(
            format!("`{written}` names no multicast groups"),
            "write \"239.1.0.0/16:5000\", \"239.1.0.1\" or \"[ff15::/32]:5000\"",
        ),
        F::ListenAddress(written) => both(
            format!("`{written}` is not an address and a port"),
            "write \"[::]:8080\" for all, \"127.0.0.1:8080\" for this machine alone",
        ),
        F::HostAddress(written) => both(
            format!("`{written}` is not an address"),
            "write it in numbers: \"10.0.0.1\" or \"2001:db8::1\"",
        ),
    }
}

/// Of a URL.
pub(super) fn url(fault: &Url) -> (String, String) {
    use Url as F;
    match fault {
        F::Scheme {
            written,
            near,
            known,
        } => both(
            format!("`{written}` is no kind of URL known here"),
            propose(near.as_deref(), known),
        ),
        F::UrlAddress { written, example } => both(
            format!("`{written}` is not an address"),
            format!("write it like {example}"),
        ),
        F::HostName(written) if written == "localhost" => both(
            "`localhost` is a name, an address belongs here",
            "write 127.0.0.1",
        ),
        F::HostName(written) => both(
            format!("`{written}` is a name, an address belongs here"),
            "write it in numbers: a channel must start while the name service is away",
        ),
        F::Port(example) => both(
            "the port is missing or not 1 to 65535",
            format!("write it like {example}"),
        ),
        F::UrlPath(path) => both(
            format!("`{path}` does not belong in this URL"),
            "end it after the port",
        ),
        F::NoPath(example) => both("the URL names no path", format!("write it like {example}")),
        F::QueryKey {
            key,
            own: Some(own),
        } => both(
            format!("`{key}` does not belong in this URL"),
            format!("write the key `{own}` on a line of its own"),
        ),
        F::QueryKey { key, own: None } => both(
            format!("`{key}` does not belong in this URL"),
            "leave it out",
        ),
        F::UnknownQueryKey { key, near, known } => both(
            format!("unknown `{key}` in the URL"),
            propose(near.as_deref(), known),
        ),
        F::QueryValue { key, written, want } => both(
            format!("`{key}={written}` is not understood"),
            format!("write {want}"),
        ),
        F::SecretInUrl { file: true } => both(
            "a passphrase is never in a URL",
            "write it to a file that only the node's user can read, and here `passphrase-file = \"srt.key\"`",
        ),
        F::SecretInUrl { file: false } => both(
            "a password is never in a URL",
            "let the sender accept this node by its address",
        ),
        F::SrtIpv6 => both(
            "SRT takes IPv4 addresses alone",
            "write 0.0.0.0 to listen, or the peer's IPv4 address",
        ),
        F::SrtCallsNobody => both(
            "nobody can be called at this address",
            "write mode=listener, or the peer's address",
        ),
    }
}

/// Of the meaning.
pub(super) fn meaning(fault: &Meaning) -> (String, String) {
    use Meaning as F;
    match fault {
        F::Again { what, first } => both(
            format!("{what} is there already"),
            format!("the first is at {first}"),
        ),
        F::NoInterface(have) => both(
            "a multicast output needs an interface",
            format!("write `interface = …`; this machine has {have}"),
        ),
        F::UnknownInterface {
            written,
            near,
            known,
        } => both(
            format!("this machine has no interface `{written}`"),
            propose(near.as_deref(), known),
        ),
        F::AnyInterface(have) => both(
            "the system chooses where this group is joined",
            format!("write `interface = …`; this machine has {have}"),
        ),
        F::SourceWithoutGroup => both(
            "`source` is for a multicast group alone",
            "leave it out, or write a group in `url`",
        ),
        F::OtherFamily => both("IPv4 and IPv6 do not mix", "write both in the same form"),
        F::SourceIsGroup => both("a group cannot send", "write the sender's own address"),
        F::NoEffect(NoEffect::InterfaceWithoutGroup) => both(
            "`interface` does nothing where no group is joined",
            "leave it out; the local address stands in `url`",
        ),
        F::Merge(fault) => merge(*fault),
        F::PassphraseWithoutSrt => both(
            "only an srt:// input has a passphrase",
            "leave `passphrase-file` out",
        ),
        F::PassphraseLength(got) => both(
            format!("the passphrase has {got} characters, SRT takes 10 to 79"),
            "choose another, on both sides",
        ),
        F::Webhook(fault) => webhook(fault),
        F::Certificate(fault) => certificate(fault),
        F::OpenSecret { path, mode } => both(
            format!("others can read {} (mode {mode:04o})", path.display()),
            format!("chmod 600 {}", path.display()),
        ),
        F::FileMissing { path, reason } => {
            only(format!("{} cannot be read now: {reason}", path.display()))
        }
        F::RelativePath(path) => both(
            format!("`{}` is relative, and nothing says to what", path.display()),
            "write the whole path",
        ),
        F::Loop(way) => both(
            format!("what goes out comes in again: {way}"),
            "write another group",
        ),
        F::Hls(fault) => hls(fault),
        F::TtlZero => both(
            "with `ttl = 0` nothing leaves this machine",
            "write 1 for the first network, 16 for a routed one",
        ),
    }
}

fn hls(fault: &HlsFault) -> (String, String) {
    use HlsFault as H;
    match fault {
        H::LongPart { segment } => only(format!("a part is at most its segment, {segment}")),
        H::ShortWindow { least } => both(
            format!("the window must hold three segments, {least}"),
            "the HLS standard (6.2.2) lets no live playlist be shorter",
        ),
        H::RungOrder { above, written } => both(
            format!("`{written}` is no step down from `{above}`"),
            "write each size once, the largest first, each with a lower rate than the one before, and `audio` last",
        ),
    }
}

fn certificate(fault: &Certificate) -> (String, String) {
    use Certificate as C;
    match fault {
        C::Without { written, missing } => both(
            format!("`{written}` is here and `{missing}` is not"),
            "HTTPS needs all three: `tls-listen`, `certificate` and `key-file`",
        ),
        C::None(path) => both(
            format!("{} holds no PEM certificate", path.display()),
            "name the file with the whole chain, the node's own certificate first (certbot: fullchain.pem); from DER: `openssl x509 -inform der -in FILE -out FILE.pem`",
        ),
        C::Unfit { path, reason } => both(
            format!(
                "{} holds a certificate that cannot be understood: {reason}",
                path.display()
            ),
            "see it with `openssl x509 -text -in FILE`, and fetch it again",
        ),
        C::NoKey(path) => both(
            format!("{} holds no PEM private key", path.display()),
            "name the file of the key (certbot: privkey.pem); one with a passphrase is opened by `openssl pkey -in FILE -out FILE.pem`",
        ),
        C::UnfitKey(reason) => both(
            format!("this key cannot be used: {reason}"),
            "make an RSA key of 2048 to 8192 bits, or one of P-256, P-384 or Ed25519",
        ),
        C::OtherKey => both(
            "the key belongs to another certificate",
            "name the pair that was made together; the output of `openssl x509 -noout -pubkey -in CERTIFICATE` and `openssl pkey -pubout -in KEY` must be the same",
        ),
        C::Ended(at) => both(
            format!("the certificate ended at {at}: browsers refuse it"),
            "renew it now (`certbot renew`); the node takes the new files by itself",
        ),
    }
}

fn webhook(fault: &Webhook) -> (String, String) {
    match fault {
        Webhook::Authority(reason) => both(
            reason,
            "name the PEM file of the authority that signed the receiver's certificate",
        ),
        Webhook::Key => both(
            "the file holds no key: `whsec_` and base64 of 24 to 64 bytes, or 16 characters and more",
            "make one with `openssl rand -base64 32`, for both sides",
        ),
    }
}

fn merge(fault: Merge) -> (String, String) {
    match fault {
        Merge::UrlAndPaths => both(
            "an input has `url` or `paths`, not both",
            "write the address of `url` as one of the `paths`, and leave `url` out",
        ),
        Merge::PathWithoutRtp => both(
            "only rtp:// paths can be merged: nothing else numbers its packets",
            "let the sender use RTP, or write a second `[[channel.input]]`",
        ),
        Merge::FecWithoutRtp => both(
            "FEC goes with rtp:// alone",
            "write rtp:// in `url`, or leave `fec` out",
        ),
        Merge::FecPort => both(
            "FEC takes the port plus 2 and plus 4, and they do not exist",
            "choose a port up to 65531",
        ),
        Merge::FecMatrix(MatrixError::Columns) => both(
            "a FEC matrix has 1 to 20 `columns`, with `row-fec` 4 to 20",
            "for example `columns = 10`",
        ),
        Merge::FecMatrix(MatrixError::Rows) => {
            both("a FEC matrix has 4 to 20 `rows`", "for example `rows = 10`")
        }
        Merge::FecMatrix(MatrixError::Size) => both(
            "a FEC matrix has at most 100 packets: `columns` times `rows`",
            "for example 10 and 10, or 20 and 5",
        ),
    }
}

fn wrong_type(want: Kind, got: Kind) -> String {
    format!("{} belongs here, this is {}", kind(want), kind(got))
}

fn only(text: impl Into<String>) -> (String, String) {
    (text.into(), String::new())
}

fn both(text: impl Into<String>, help: impl Into<String>) -> (String, String) {
    (text.into(), help.into())
}

fn propose(near: Option<&str>, known: &str) -> String {
    match (near, known) {
        (Some(near), _) => format!("did you mean `{near}`?"),
        (None, "") => String::new(),
        (None, known) => format!("known here: {known}"),
    }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text in quotes",
        Kind::Integer => "a whole number",
        Kind::Float => "a number with a fraction",
        Kind::Boolean => "true or false",
        Kind::Date => "a date",
        Kind::List => "a list [ … ]",
        Kind::Table => "a table",
        Kind::Tables => "a list of tables [[ … ]]",
    }
}
