//! URLs as playlists use them (RFC 3986, 5.2): resolved, and taken apart where the rules ask.

/// `reference` as a playlist at `base` means it.
pub(crate) fn resolve(base: &str, reference: &str) -> String {
    if reference.contains("://") {
        return reference.to_owned();
    }
    let (scheme, rest) = base.split_once("://").unwrap_or(("http", base));
    if let Some(authority) = reference.strip_prefix("//") {
        return format!("{scheme}://{authority}");
    }
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (reference, tail) = match reference.find(['?', '#']) {
        Some(at) => reference.split_at_checked(at).unwrap_or((reference, "")),
        None => (reference, ""),
    };
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let whole = match reference.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None if reference.is_empty() => path.to_owned(),
        None => format!("{folder}/{reference}"),
    };
    let mut steps: Vec<&str> = Vec::new();
    let mut names = whole.split('/').peekable();
    while let Some(name) = names.next() {
        let last = names.peek().is_none();
        match name {
            "." | ".." => {
                if name == ".." {
                    steps.pop();
                }
                if last {
                    steps.push("");
                }
            }
            "" if steps.is_empty() && !last => {}
            name => steps.push(name),
        }
    }
    format!("{scheme}://{host}/{}{tail}", steps.join("/"))
}

/// A value of the query.
pub(crate) fn query<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let query = query.split('#').next()?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(n, _)| *n == name).map(|(_, v)| v)
}

/// The URL without delivery directives (6.2.5): what names the playlist.
pub(crate) fn plain(url: &str) -> String {
    let Some((path, query)) = url.split_once('?') else {
        return url.to_owned();
    };
    let kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.starts_with("_HLS_"))
        .collect();
    match kept.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", kept.join("&")),
    }
}

/// The URL with directives put behind.
pub(crate) fn with(url: &str, directives: &str) -> String {
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}{directives}")
}

/// The path, without the query.
pub(crate) fn path(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_rfc_3986_says() {
        let base = "http://h:1/hls/a/index.m3u8?x=../y";
        for (reference, url) in [
            ("v/i.m3u8", "http://h:1/hls/a/v/i.m3u8"),
            ("../b?q=1/2", "http://h:1/hls/b?q=1/2"),
            ("../../../../b", "http://h:1/b"),
            ("/c", "http://h:1/c"),
            ("//o/c", "http://o/c"),
            ("https://o/c", "https://o/c"),
            ("./c/./d", "http://h:1/hls/a/c/d"),
            ("", "http://h:1/hls/a/index.m3u8"),
        ] {
            assert_eq!(resolve(base, reference), url, "{reference}");
        }
        assert_eq!(resolve("http://h", "a"), "http://h/a");
    }

    #[test]
    fn directives_do_not_name_a_playlist() {
        let url = with("http://h/a?k=1", "_HLS_msn=4&_HLS_part=0");
        assert_eq!(plain(&url), "http://h/a?k=1");
        assert_eq!(plain("http://h/a?_HLS_skip=YES"), "http://h/a");
        assert_eq!(query(&url, "_HLS_msn"), Some("4"));
        assert_eq!(query(&url, "_HLS_skip"), None);
        assert_eq!(path(&url), "http://h/a");
    }
}
