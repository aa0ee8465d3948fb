# A cache in front of a node: from any number of viewers the node sees one request for an object,
# and while it does not answer, what is here goes on being served. docs/guide/many.md says more.
#
# On Debian: copy it to /etc/varnish/default.vcl, set the node's address in the three backends
# below, check it with `varnishd -C -f /etc/varnish/default.vcl`, and restart varnish. Varnish 7 or
# newer. It has no HTTPS: where viewers need that, something that ends TLS stands in front.
vcl 4.1;

import std;

probe livez {
    .url = "/livez";
    .interval = 500ms;
    .timeout = 1s;
    .window = 3;
    .threshold = 2;
    # A cache that has just started asks the node at once.
    .initial = 2;
}

backend headend {
    .host = "127.0.0.1";
    .port = "8080";
    .probe = livez;
    .connect_timeout = 1s;
    # A node answers at once, or it is away.
    .first_byte_timeout = 5s;
    .between_bytes_timeout = 5s;
}

# What has no end holds a connection to the node as long as it lasts, and the node takes 1,024 from
# one address: half may be pages that listen to events, an eighth transport streams and recordings,
# and the rest is for what everybody waits for. A page whose events are refused asks for them again
# after ten seconds.
backend events {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 1s;
    # The node says something each 10 s.
    .between_bytes_timeout = 25s;
    .max_connections = 512;
}

backend streams {
    .host = "127.0.0.1";
    .port = "8080";
    .connect_timeout = 1s;
    .max_connections = 128;
}

sub vcl_recv {
    if (req.method == "PRI") {
        return (synth(405));
    }
    if (req.url ~ "^/api/v1/events(\?|$)") {
        set req.backend_hint = events;
        return (pass);
    }
    # Transport streams have no end, and recordings are larger than memory.
    if (req.url ~ "^/((ts|udp|rtp)/|recordings/[^/?]*\.mp4)") {
        set req.backend_hint = streams;
        return (pipe);
    }
    # Pages, the API and lists are answered by the node itself, and so is what asks for a change.
    if (req.url !~ "^/hls/" || (req.method != "GET" && req.method != "HEAD")) {
        return (pass);
    }
    # The same object for everybody.
    unset req.http.Cookie;
    unset req.http.Authorization;
    call delivery_directives;
    # While the node answers, a playlist that is a little old goes out once more and the new one is
    # fetched behind it: nobody waits for a node that is about to be found away. An older one is
    # not shown to anybody then; while the node is away it is, and while a node that has just come
    # back has nothing to list yet (what is set before a restart stays set).
    if (req.restarts == 0 && std.healthy(req.backend_hint)) {
        set req.grace = 3s;
    } else {
        set req.grace = 1m;
    }
    return (hash);
}

# Of a query the delivery directives of low latency (draft 6.2.5) and the time from which a shifted
# playlist begins are part of a playlist's name, in one order; what else a player adds (CMCD, a
# number against caches) is not.
sub delivery_directives {
    set req.http.X-Directives = "";
    if (req.url ~ "\.m3u8\?") {
        if (req.url ~ "[?&]_HLS_msn=") {
            set req.http.X-Directives = regsub(req.url, "^.*[?&](_HLS_msn=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]_HLS_part=") {
            set req.http.X-Directives = req.http.X-Directives
                + regsub(req.url, "^.*[?&](_HLS_part=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]_HLS_skip=") {
            set req.http.X-Directives = req.http.X-Directives
                + regsub(req.url, "^.*[?&](_HLS_skip=[^&]*).*$", "&\1");
        }
        if (req.url ~ "[?&]from=") {
            set req.http.X-Directives = req.http.X-Directives
                + regsub(req.url, "^.*[?&](from=[^&]*).*$", "&\1");
        }
    }
    set req.url = regsub(req.url, "\?.*$", "")
        + regsub(req.http.X-Directives, "^&", "?");
    unset req.http.X-Directives;
}

sub vcl_hash {
    # One store for all names of this cache: the object is the same under each.
    hash_data(req.url);
    return (lookup);
}

sub vcl_backend_fetch {
    # A request that waits for news is answered after three target durations at the latest
    # (6.2.5.2).
    if (bereq.url ~ "[?&]_HLS_msn=") {
        set bereq.first_byte_timeout = 35s;
    }
}

sub vcl_backend_response {
    if (bereq.url !~ "^/hls/") {
        return (deliver);
    }
    # How long each object holds, the node's Cache-Control says. It may be shown for a minute more
    # while the node is away.
    set beresp.grace = 1m;
    unset beresp.http.Set-Cookie;
    if (beresp.status >= 500) {
        return (abandon);
    }
    # 32,000,000 seconds of a segment that leaves the playlist in a minute: ten minutes are plenty.
    if (beresp.ttl > 10m) {
        set beresp.ttl = 10m;
    }
    return (deliver);
}

sub vcl_backend_error {
    return (abandon);
}

# No answer of the node: what is here, however old, is better than none.
sub vcl_synth {
    if (resp.status == 503 && req.url ~ "^/hls/" && req.restarts == 0) {
        return (restart);
    }
    set resp.http.Cache-Control = "no-store";
    set resp.http.Access-Control-Allow-Origin = "*";
}

sub vcl_deliver {
    set resp.http.X-Cache = "MISS";
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
        if (obj.ttl <= 0s) {
            set resp.http.X-Cache = "STALE";
        }
    }
    # Of a cache's own workings a viewer needs Age alone.
    unset resp.http.X-Varnish;
    unset resp.http.Via;
}
