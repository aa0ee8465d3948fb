//! What a series is, and those of the node itself.

pub(super) mod channel;

use super::process::ProcessSnapshot;
use crate::cause::Class;
use crate::http::counters::HttpSnapshot;
use crate::snapshot::NodeSnapshot;

/// One metric of a `T`.
pub(super) struct Series<T> {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) kind: Kind,
    pub(super) value: fn(&T) -> Option<f64>,
}

#[derive(Clone, Copy)]
pub(super) enum Kind {
    Counter,
    Gauge,
}

const fn counter<T>(
    name: &'static str,
    help: &'static str,
    value: fn(&T) -> Option<f64>,
) -> Series<T> {
    Series {
        name,
        help,
        kind: Kind::Counter,
        value,
    }
}

const fn gauge<T>(
    name: &'static str,
    help: &'static str,
    value: fn(&T) -> Option<f64>,
) -> Series<T> {
    Series {
        name,
        help,
        kind: Kind::Gauge,
        value,
    }
}

pub(super) const NODE: &[Series<NodeSnapshot>] = &[
    gauge(
        "headend_uptime_seconds",
        "Time since the node started.",
        |n| Some(n.uptime_seconds),
    ),
    gauge(
        "headend_generation",
        "Rises with each applied configuration.",
        |n| whole(n.generation),
    ),
    gauge("headend_channels", "Channels in the configuration.", |n| {
        whole(n.channels.len() as u64)
    }),
    gauge(
        "headend_notices",
        "What limits the packet path on this machine; `headend status` has the sentences.",
        |n| whole(n.notices.len() as u64),
    ),
    gauge(
        "headend_machine_short_of_cpu",
        "1 while packets of any channel leave 100 ms late and more, for want of processor time.",
        |n| {
            let incidents = n.channels.iter().flat_map(|c| &c.incidents);
            let mut open = incidents.filter(|i| i.end.is_none());
            flag(open.any(|i| i.class == Class::ShortOfCpu))
        },
    ),
    gauge(
        "headend_tls_certificate_expires_timestamp_seconds",
        "When the certificate of HTTPS ends, Unix time.",
        |n| {
            let certificate = n.certificate.as_ref()?;
            Some(certificate.not_after_unix_seconds as f64)
        },
    ),
    gauge(
        "headend_tls_certificate_files_unusable",
        "1 while the certificate's files cannot be used and the one in use stays.",
        |n| flag(n.certificate.as_ref()?.trouble.is_some()),
    ),
    counter(
        "headend_record_writes_total",
        "Transactions of the record that are on disk.",
        |n| whole(n.record.writes_total),
    ),
    counter(
        "headend_record_failures_total",
        "Transactions of the record that the disk refused.",
        |n| whole(n.record.failures_total),
    ),
    gauge(
        "headend_record_failed",
        "1 while the record cannot be written; channels stay on air.",
        |n| flag(n.record.failed.is_some()),
    ),
    gauge(
        "headend_archive_bytes",
        "Bytes of the archive on disk.",
        |n| whole(n.archive.bytes),
    ),
    counter(
        "headend_archive_dropped_total",
        "Segments that the archive lost: the disk refused them, or was too slow.",
        |n| whole(n.archive.dropped_total),
    ),
    gauge(
        "headend_archive_failed",
        "1 while the archive cannot be written; channels stay on air.",
        |n| flag(n.archive.failed.is_some()),
    ),
];

pub(super) const HTTP: &[Series<HttpSnapshot>] = &[
    gauge("headend_http_connections", "Connections open now.", |h| {
        whole(h.connections)
    }),
    counter(
        "headend_http_connections_accepted_total",
        "Connections accepted.",
        |h| whole(h.accepted_total),
    ),
    counter(
        "headend_http_connections_refused_total",
        "Connections closed at once because a cap was reached.",
        |h| whole(h.refused_total),
    ),
    counter(
        "headend_http_connections_overdue_total",
        "Connections closed because a deadline passed.",
        |h| whole(h.overdue_total),
    ),
    counter(
        "headend_http_tls_failed_total",
        "Connections to a TLS port that came to no handshake, deadlines left out.",
        |h| whole(h.tls_failed_total),
    ),
    counter("headend_http_requests_total", "Requests answered.", |h| {
        whole(h.requests_total)
    }),
    counter(
        "headend_http_server_errors_total",
        "Answers with a status of 500 or more.",
        |h| whole(h.server_errors_total),
    ),
    counter(
        "headend_http_response_bytes_total",
        "Bytes of response bodies handed to connections.",
        |h| whole(h.response_bytes_total),
    ),
    gauge(
        "headend_http_event_streams",
        "Event streams open now.",
        |h| whole(h.event_streams),
    ),
    counter(
        "headend_http_event_streams_lagged_total",
        "Event streams closed because the listener fell behind.",
        |h| whole(h.lagged_event_streams_total),
    ),
];

pub(super) const PROCESS: &[Series<ProcessSnapshot>] = &[
    counter(
        "headend_process_cpu_seconds_total",
        "Processor time of all threads of the node, workers not included.",
        |p| Some(p.cpu_seconds),
    ),
    gauge(
        "headend_process_resident_memory_bytes",
        "Memory of the node in use, workers not included.",
        |p| whole(p.resident_bytes),
    ),
    gauge("headend_process_open_fds", "Open descriptors.", |p| {
        whole(p.descriptors)
    }),
];

/// Whole numbers are exact up to 2^53.
fn whole(value: u64) -> Option<f64> {
    Some(value as f64)
}

fn flag(value: bool) -> Option<f64> {
    Some(f64::from(u8::from(value)))
}
