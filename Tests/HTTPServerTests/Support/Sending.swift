import Glibc

/// Sends some bytes in one go; gives how many the system took, or -1.
func sendOnce(_ bytes: [UInt8], to raw: Int32) -> Int {
    unsafe bytes.withUnsafeBytes { unsafe send(raw, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
}
