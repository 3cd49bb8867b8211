public import HTTPTypes
public import Hummingbird
public import LatchkeyVerifier
import NIOCore

/// An answer of JSON that is written member by member, in the order of the calls and without an encoder.
///
///     return JSONAnswer(.created) { json in
///         json.beginObject()
///         json.member("id", job.id)
///         json.endObject()
///     }
public struct JSONAnswer: ResponseGenerator {
    private let status: HTTPResponse.Status
    private let headers: HTTPFields
    private let body: ByteBuffer

    /// - Parameter write: writes one value.
    public init(_ status: HTTPResponse.Status = .ok, headers: HTTPFields = [:], _ write: (inout JSONWriter) -> Void) {
        var json = JSONWriter()
        write(&json)
        body = ByteBuffer(bytes: json.bytes)
        self.status = status
        self.headers = headers
    }

    /// The answer.
    public func response(from request: Request, context: some RequestContext) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }
}
