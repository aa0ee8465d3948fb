//! `/`, `/noc` and `/player/…`, the player's manifest and service worker: the player and the wall
//! of channels, as they were built into the program.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

use super::super::problem::Problem;
use super::{App, validated};

/// The files that `npm run build` makes; none where it has not run.
#[derive(RustEmbed)]
#[folder = "../player-web/dist"]
#[allow_missing = true]
struct Player;

/// Everything comes from this node. hls.js starts its worker from a blob and plays from one; its
/// subtitles begin as an empty `data:`.
/// `child-src` is `worker-src` for the browsers of older televisions.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; media-src 'self' blob: data:; worker-src 'self' blob:; child-src 'self' blob:; \
     img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'self'",
);
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Kept, and asked for again each time: the answer is 304 until the program is upgraded.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");

const WITHOUT_PLAYER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
<title>headend</title><p>This headend was built without the player: run <code>make</code>. \
The node works; its API is described in <a href=\"/openapi.json\">/openapi.json</a>.</p></html>";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/",
            get(async |headers: HeaderMap| file("index.html", &headers)),
        )
        .route(
            "/noc",
            get(async |headers: HeaderMap| file("noc.html", &headers)),
        )
        // From the root: a service worker serves what lies beside it and below.
        .route(
            "/sw.js",
            get(async |headers: HeaderMap| file("sw.js", &headers)),
        )
        .route(
            "/manifest.webmanifest",
            get(async |headers: HeaderMap| file("manifest.webmanifest", &headers)),
        )
        .route(
            "/player/{*path}",
            get(async |Path(path): Path<String>, headers: HeaderMap| file(&path, &headers)),
        )
        .route(
            "/favicon.ico",
            get(async |headers: HeaderMap| file("favicon.ico", &headers)),
        )
}

fn file(path: &str, asked: &HeaderMap) -> Response {
    let mut response = match Player::get(path) {
        Some(file) => found(path, file, asked),
        None if path.ends_with(".html") => Html(WITHOUT_PLAYER).into_response(),
        None => Problem::unknown_address(path).into_response(),
    };
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

fn found(path: &str, file: EmbeddedFile, asked: &HeaderMap) -> Response {
    let cache = match is_hashed(path) {
        true => IMMUTABLE,
        false => REVALIDATE,
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static(media_type(path)),
        ),
        (header::CACHE_CONTROL, cache),
    ];
    let digest = u64::from_be_bytes(first_eight(file.metadata.sha256_hash()));
    let body = match file.data {
        std::borrow::Cow::Borrowed(data) => bytes::Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => data.into(),
    };
    validated(asked, format!("W/\"{digest:016x}\""), headers, body)
}

fn first_eight(hash: [u8; 32]) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = hash;
    [a, b, c, d, e, f, g, h]
}

/// `NAME-HASH.ext`, where HASH is eight or more of `A-Z0-9` (esbuild) or of `0-9a-f`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((stem, _)) = name.split_once('.') else {
        return false;
    };
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() >= 8 && (hash.bytes().all(upper) || hash.bytes().all(hex))
    })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        for hashed in [
            "main-4VJ7YQ2K.js",
            "assets/be-vietnam-ABCDEFGH.woff2",
            "main-4VJ7YQ2K.js.map",
            "icon-204c74ee.svg",
        ] {
            assert!(is_hashed(hashed), "{hashed}");
        }
        for plain in [
            "index.html",
            "main.js",
            "be-vietnam.woff2",
            "hls-worker.js",
            "-.js",
            "",
        ] {
            assert!(!is_hashed(plain), "{plain}");
        }
    }
}
