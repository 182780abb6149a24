"""CRC-32C (Castagnoli, RFC 3720 B.4) of bytes."""

try:
    from google_crc32c import value as crc32c
except ImportError:
    # Slower, and the same: for a machine where scripts/python has not been run.
    def _step(number):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        return number

    _TABLE = [_step(number) for number in range(256)]

    def crc32c(data):
        crc = 0xFFFFFFFF
        for byte in data:
            crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
        return crc ^ 0xFFFFFFFF
