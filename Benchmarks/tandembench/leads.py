"""The leads the benchmark makes: about 600 bytes of JSON each."""

import json

SIZE = 600


def lead(unique):
    """A lead as a client posts it; what is unique of it is a string of digits."""
    return {
        "name": f"Maximiliane Oberhauser-Lindqvist {unique}",
        "email": f"lead-{unique}@example.com",
        "phone": f"+4930{unique}",
        "company": "Nordlicht Verpackungstechnik GmbH",
        "title": "Head of Procurement",
        "source": {
            "channel": "search",
            "medium": "paid",
            "landing_page": "https://example.com/packaging/quote?utm_campaign=spring",
            "referrer": "https://www.example.org/search?q=recyclable+packaging",
            "detail": "spring-campaign/ad-group-12/",
        },
        "tags": ["packaging", "dach"],
    }


def encoded(unique, padding=0):
    """The lead in bytes; the padding lengthens its source's detail."""
    record = lead(unique)
    record["source"]["detail"] += "x" * padding
    return json.dumps(record, separators=(",", ":")).encode()


def short(unique):
    """A lead whose whole record, with what the server adds to it, has about 600 bytes."""
    return json.dumps({"name": f"Maximiliane Oberhauser {unique}", "email": f"lead-{unique}@example.com",
                       "company": "Nordlicht Verpackungstechnik GmbH", "title": "Procurement"}).encode()


def of_size(unique, size=SIZE):
    """The lead padded to that many bytes."""
    return encoded(unique, max(0, size - len(encoded(unique))))
