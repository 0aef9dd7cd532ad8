//! Bodies of replies that come only in part, too slowly, or without end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// How long passes between the bytes of a body that drips.
const BETWEEN_BYTES: Duration = Duration::from_secs(3);

/// A piece of a body without end, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// How the body of a reply does not come as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// Its first half comes, and then the end of the connection.
    Truncated,
    /// Its first half comes, and then nothing, on a connection that stays open.
    Stalled,
    /// It comes whole, a byte every three seconds.
    Dripping,
    /// Blanks come before it, without end.
    Endless,
}

/// The body of a reply that does not come as it should.
#[derive(Debug)]
pub struct FaultyBody {
    fault: BodyFault,
    /// What is still to come.
    rest: Bytes,
    whole_bytes: u64,
    is_flushed: bool,
    pause: Option<Pin<Box<Sleep>>>,
}

impl FaultyBody {
    /// Returns a body as it comes with this fault.
    pub fn new(whole: Bytes, fault: BodyFault) -> Self {
        let whole_bytes = whole.len() as u64;
        let rest = match fault {
            BodyFault::Truncated | BodyFault::Stalled => whole.slice(..whole.len() / 2),
            BodyFault::Dripping => whole,
            BodyFault::Endless => Bytes::from_static(&[b' '; PIECE_BYTES]),
        };
        Self { fault, rest, whole_bytes, is_flushed: false, pause: None }
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

    fn poll_byte(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(sleep(BETWEEN_BYTES)));
        ready!(pause.as_mut().poll(context));
        self.pause = None;
        Poll::Ready(Some(self.rest.split_to(1)))
    }
}

impl Body for FaultyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = match self.fault {
            BodyFault::Truncated | BodyFault::Stalled => ready!(self.poll_half(context)),
            BodyFault::Dripping => ready!(self.poll_byte(context)),
            BodyFault::Endless => Some(self.rest.clone()),
        };
        match (piece, self.fault) {
            (Some(piece), _) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            (None, BodyFault::Truncated) => {
                Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())))
            }
            (None, BodyFault::Stalled) => Poll::Pending,
            (None, BodyFault::Dripping | BodyFault::Endless) => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self.fault {
            BodyFault::Truncated | BodyFault::Stalled | BodyFault::Dripping => {
                SizeHint::with_exact(self.whole_bytes)
            }
            BodyFault::Endless => SizeHint::default(),
        }
    }
}
