//! Replies that do not come whole: a connection that ends, a host that is not found, a faulty body.

use bytes::Bytes;
use http::Response;

use super::body::BodyFault;

/// How a call ends without a whole answer.
#[derive(Clone, Debug)]
pub enum ReplyFault {
    /// The connection ends before a reply.
    Reset,
    /// There is no connection: the host's name leads nowhere.
    NoSuchHost,
    /// This reply's body does not come as it should.
    Body(Response<Bytes>, BodyFault),
}
