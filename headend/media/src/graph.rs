//! A chain of filters with one way in and one way out.

use ffmpeg_next::{Error, Frame, filter};

use crate::ffi;

/// A graph with its ends.
pub(crate) struct Chain {
    /// Owns what the two ends point to; never read.
    _graph: filter::Graph,
    source: filter::Context,
    sink: filter::Context,
}

/// The kind of frames.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Video,
    Audio,
}

impl Chain {
    /// Builds `filters` between a source, described by `input`, and a sink.
    pub(crate) fn new(kind: Kind, input: &str, filters: &str) -> Result<Self, Error> {
        let (source, sink) = match kind {
            Kind::Video => ("buffer", "buffersink"),
            Kind::Audio => ("abuffer", "abuffersink"),
        };
        let find = |name: &str| filter::find(name).ok_or(Error::FilterNotFound);
        let mut graph = filter::Graph::new();
        let source = graph.add(&find(source)?, "in", input)?;
        let sink = graph.add(&find(sink)?, "out", "")?;
        graph.output("in", 0)?.input("out", 0)?.parse(filters)?;
        graph.validate()?;
        Ok(Self {
            _graph: graph,
            source,
            sink,
        })
    }

    /// Frames of sound come out with so many samples each.
    pub(crate) fn set_frame_size(&mut self, samples: u32) {
        self.sink.sink().set_frame_size(samples);
    }

    /// Puts a frame in, which stays as it is.
    pub(crate) fn push(&mut self, frame: &Frame) -> Result<(), Error> {
        ffi::put(&mut self.source, frame)
    }

    /// The next frame, when one is ready.
    pub(crate) fn pull(&mut self, frame: &mut Frame) -> bool {
        self.sink.sink().frame(frame).is_ok()
    }
}
