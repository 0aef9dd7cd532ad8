//! Replies that come only in part, too slowly, or without end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long passes between the bytes of a body that drips.
const BETWEEN_DROPS: Duration = Duration::from_secs(3);

/// A piece of a body without end, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// How the body of a reply does not come as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tear {
    /// Its first half comes, and then the end of the connection.
    Ends,
    /// Its first half comes, and then nothing, on a connection that stays open.
    Stops,
    /// It comes whole, a byte every three seconds.
    Drips,
    /// Blanks come before it, without end.
    Floods,
}

/// The body of a reply that does not come as it should.
#[derive(Debug)]
pub struct TornBody {
    tear: Tear,
    /// What is still to come.
    rest: Bytes,
    whole_bytes: u64,
    is_flushed: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl TornBody {
    /// Returns a body as it comes with this tear.
    pub fn new(whole: Bytes, tear: Tear) -> Self {
        let whole_bytes = whole.len() as u64;
        let rest = match tear {
            Tear::Ends | Tear::Stops => whole.slice(..whole.len() / 2),
            Tear::Drips => whole,
            Tear::Floods => Bytes::from_static(&[b' '; PIECE_BYTES]),
        };
        Self { tear, rest, whole_bytes, is_flushed: false, pause: None }
    }

    /// Yields the first half; what stands in a buffer is sent only where more is waited for.
    fn poll_half(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if !self.rest.is_empty() {
            return Poll::Ready(Some(std::mem::take(&mut self.rest)));
        }
        if self.is_flushed {
            return Poll::Ready(None);
        }
        self.is_flushed = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_drop(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(BETWEEN_DROPS)));
        ready!(pause.as_mut().poll(context));
        self.pause = None;
        Poll::Ready(Some(self.rest.split_to(1)))
    }
}

impl Body for TornBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = match self.tear {
            Tear::Ends | Tear::Stops => ready!(self.poll_half(context)),
            Tear::Drips => ready!(self.poll_drop(context)),
            Tear::Floods => Some(self.rest.clone()),
        };
        match (piece, self.tear) {
            (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (None, Tear::Ends) => Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into()))),
            (None, Tear::Stops) => Poll::Pending,
            (None, Tear::Drips | Tear::Floods) => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.tear {
            Tear::Ends | Tear::Stops | Tear::Drips => SizeHint::with_exact(self.whole_bytes),
            Tear::Floods => SizeHint::default(),
        }
    }
}
