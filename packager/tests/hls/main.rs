//! HLS end to end: transport streams in, and what FFmpeg, a playlist parser and the rules of live
//! playlists say of what comes out.

mod captions;
mod codecs;
mod ladder;
mod live;
mod low_latency;
mod muxed;
mod parts;
mod playback;
mod player;
mod rules;
mod sources;
mod subtitles;
mod support;
mod teletext;
mod trouble;
