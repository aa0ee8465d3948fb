//! The HTTP server over real sockets, before a node made by hand.

mod acknowledge;
mod api;
mod calendars;
mod client;
mod events;
mod halls;
mod hls;
mod limits;
mod listening;
mod low_latency;
mod meetings;
mod metrics;
mod node;
mod openapi;
mod page;
mod places;
mod tls;
mod ts;
mod window;
