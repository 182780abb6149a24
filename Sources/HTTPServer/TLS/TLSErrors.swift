internal import COpenSSL

/// OpenSSL's errors, which it keeps a thread's worth of: what one call left there, the next would be taken to have done.
enum TLSErrors {
    static func clear() { ERR_clear_error() }

    /// The first error of the call, which caused those after it.
    static var first: TLSError? {
        let code = ERR_peek_error()
        return code == 0 ? nil : TLSError(code: code)
    }
}

/// One error of OpenSSL's.
struct TLSError {
    let code: UInt

    /// Whether it is this error of this library of OpenSSL's.
    func `is`(_ reason: Int32, of library: Int32) -> Bool {
        ERR_GET_LIB(code) == library && ERR_GET_REASON(code) == reason
    }

    /// Whether it is this error, which any library can have.
    func `is`(_ reason: Int) -> Bool { Int(ERR_GET_REASON(code)) == reason }

    /// OpenSSL's words for it.
    var words: String {
        guard let words = unsafe ERR_reason_error_string(code) else { return "OpenSSL error \(code)" }
        return unsafe String(cString: words)
    }
}
