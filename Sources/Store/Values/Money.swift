/// An amount in the minor units of a currency (ISO 4217): 125000 EUR is 1,250.00 €.
public struct Money: Sendable, Hashable {
    /// The most that is taken, either way: whole numbers to here are exact in every JSON reader (RFC 8259 §6), and no sum
    /// or difference of two overflows.
    public static let amountMax: Int64 = 9_007_199_254_740_991

    /// Minor units: cents for EUR, yen for JPY.
    public let amount: Int64
    /// The currency.
    public let currency: Currency

    /// An amount of a currency.
    public init(amount: Int64, currency: Currency) {
        self.amount = amount
        self.currency = currency
    }
}

/// A currency by its three letters.
public struct Currency: Sendable, Hashable, CustomStringConvertible {
    private let letters: UInt32

    /// A currency of ISO 4217; `nil` where the code is none.
    public init?(_ code: String) {
        guard code.utf8.count == 3, Self.codes.contains(code) else { return nil }
        letters = code.utf8.reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The three letters.
    public var description: String {
        let bytes = [UInt8(letters >> 16 & 0xFF), UInt8(letters >> 8 & 0xFF), UInt8(letters & 0xFF)]
        return String(decoding: bytes, as: UTF8.self)
    }

    /// ISO 4217, the codes of currencies in use.
    private static let codes = Set(
        """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
        CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD \
        HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD \
        MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN \
        PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY \
        TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
        """.split(separator: " ").map(String.init))
}
