//! The body of an answer, on its way to who asked.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, SizeHint};

use super::connection_limit::BusyConnection;
use crate::sandbox::fault::FaultyBody;

/// A body: whole, or not as it should come.
pub type ResponseContent = Either<Full<Bytes>, FaultyBody>;

/// An answer's body, which keeps its connection from being taken for idle.
#[derive(Debug)]
pub struct ResponseBody {
    content: ResponseContent,
    _busy: BusyConnection,
}

impl ResponseBody {
    /// Returns a body that is on its way.
    pub fn new(content: ResponseContent, busy: BusyConnection) -> Self {
        Self { content, _busy: busy }
    }
}

/// Returns a whole body.
pub fn whole(bytes: Bytes) -> ResponseContent {
    Either::Left(Full::new(bytes))
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = <ResponseContent as Body>::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.content).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
