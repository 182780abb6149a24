import Testing

@testable import HTTPServer

@Suite("Requests on one connection", .timeLimit(.minutes(10)))
struct PipeliningTests {
    static let scenarios: [Scenario] = [
        Scenario(
            "are answered one after the other",
            """
            c = Connection()
            print([c.send(get(f'/hello/{n}')).answer() for n in range(3)])
            """, prints: "['200 hello 0', '200 hello 1', '200 hello 2']"),
        Scenario(
            "are answered in order when 16 come at once",
            """
            c = Connection().send(''.join(get(f'/hello/{n}') for n in range(16)))
            print([c.answer() for n in range(16)] == [f'200 hello {n}' for n in range(16)])
            """, prints: "True"),
        Scenario(
            "are answered in order when some answers come later",
            """
            paths = ['/hello/{}', '/later/{}', '/later/{}', '/hello/{}'] * 4
            c = Connection().send(''.join(get(path.format(n)) for n, path in enumerate(paths)))
            expected = ['200 ' + path.format(n)[1:].replace('/', ' ') for n, path in enumerate(paths)]
            print([c.answer() for n in range(16)] == expected)
            """, prints: "True"),
        Scenario(
            "with bodies are answered in order",
            #"""
            chunked = post('/echo', '2\r\nbc\r\n0\r\nX: y\r\n\r\n', 'Transfer-Encoding: chunked\r\n')
            c = Connection().send(post('/echo', 'a') + chunked + get('/hello/d') + post('/echo', 'e' * 100000) + get('/hello/f'))
            print(c.answer(), c.answer(), c.answer(), len(c.answer()), c.answer())
            """#, prints: "200 a 200 bc 200 hello d 100004 200 hello f"),
        Scenario(
            "are read byte by byte",
            #"""
            chunked = post('/echo', '2\r\nbc\r\n0\r\nX: y\r\n\r\n', 'Transfer-Encoding: chunked\r\n')
            c = Connection()
            for request in get('/hello/a'), post('/echo', 'a'), chunked, '\r\n' + get('/later/b'):
                print(c.send_bytes(request).answer(), end=', ')
            print(c.send_bytes(get('/hello/a')[:-1] + '\rx').answer(), c.answer())
            """#, prints: "200 hello a, 200 a, 200 bc, 200 later b, 400 closes end"),
        Scenario(
            "are read when they are split at any place",
            #"""
            text = post('/echo', '5\r\nhello\r\n0\r\n\r\n', 'Transfer-Encoding: chunked\r\n') + get('/later/a') + get('/hello/b')
            c = Connection()
            seen = set()
            for place in range(len(text)):
                c.send(text[:place]).send(text[place:])
                seen.add((c.answer(), c.answer(), c.answer()))
            print(seen)
            """#, prints: "{('200 hello', '200 later a', '200 hello b')}"),
        Scenario(
            "whose answers are larger than the system takes at once are answered in order",
            """
            c = Connection(receive_buffer=4096).send(get('/large/300000') * 20 + get('/later/a') + get('/hello/b'))
            print([len(c.answer()) for n in range(20)] == [300004] * 20, c.answer(), c.answer())
            """, prints: "True 200 later a 200 hello b"),
        Scenario(
            "are not answered behind one that closes, RFC 9112 §9.6",
            #"""
            c = Connection().send(get('/hello/a') + get('/hello/b', 'Connection: close\r\n') + get('/hello/c'))
            print(c.answers())
            """#, prints: "200 hello a, 200 closes hello b, end"),
        Scenario(
            "are not answered behind one that closes and is answered later",
            #"""
            print(Connection().send(get('/later/b', 'Connection: close\r\n') + get('/hello/c')).answers())
            """#, prints: "200 closes later b, end"),
        Scenario(
            "of HTTP/1.0 close, unless they ask not to, RFC 9112 §9.3",
            #"""
            c = Connection().send('GET /hello/a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n')
            print(c.answer(), c.fields['connection'], c.send('GET /later/b HTTP/1.0\r\n\r\n').answers())
            """#, prints: "200 hello a keep-alive 200 closes later b, end"),
        Scenario(
            "are answered after a half-close",
            """
            print(Connection().send(get('/hello/a') + get('/hello/b')).half_close().answers())
            """, prints: "200 hello a, 200 hello b, end"),
        Scenario(
            "are answered after a half-close also when that takes a while",
            """
            c = Connection().send(get('/held/a') + get('/later/b') + get('/hello/c')).half_close()
            wait_for('/held', '1')
            ask(post('/release', ''))
            print(c.answers())
            """, prints: "200 held a, 200 later b, 200 hello c, end"),
        Scenario(
            "are answered after a half-close also when the answer is large",
            """
            c = Connection(receive_buffer=4096).send(get('/large/3000000') * 2 + get('/hello/c')).half_close()
            print(len(c.answer()), len(c.answer()), c.answers())
            """, prints: "3000004 3000004 200 hello c, end"),
        Scenario(
            "that are cut off by a half-close are not answered",
            """
            print(Connection().send(get('/hello/a') + get('/hello/b')[:-2]).half_close().answers())
            """, prints: "200 hello a, end"),
        Scenario(
            "have their parameters where their bodies come later",
            #"""
            long = get('/hello/a', 'X: ' + 'x' * 500 + '\r\n')
            whole = post('/echo/first', 'abc') + post('/echo/second', 'defg') + get('/hello/b')
            seen = set()
            for place in range(len(whole)):
                c = Connection().send(long + whole[:place])
                head = c.answer()
                c.send(whole[place:])
                seen.add((head, c.answer(), c.answer(), c.answer()))
            print(seen)
            """#, prints: "{('200 hello a', '200 first abc', '200 second defg', '200 hello b')}"),
        Scenario(
            "that are refused by their heads get no 100, RFC 9110 §10.1.1",
            #"""
            waits = 'Content-Length: 2\r\nExpect: 100-continue\r\n'
            for request in [
                post('/nowhere', '', waits), post('/hello/a', '', waits), post('/echo/unwanted', '', waits),
                get('/hello/b') + post('/echo/unwanted', '', waits),
            ]:
                print(Connection().send(request).answers(), end='; ')
            print(Connection().send(post('/echo/a', '', waits)).answer())
            """#, prints: "404 closes, end; 405 closes, end; 401 closes, end; 200 hello b, 401 closes, end; 100"),
        Scenario(
            "get 100 once each, before the body, RFC 9110 §10.1.1",
            #"""
            c = Connection()
            for n in range(2):
                c.send(post('/echo', '', 'Content-Length: 2\r\nExpect: 100-continue\r\n'))
                print(c.answer(), c.send('ab').answer(), end=' ')
            print()
            """#, prints: "100 200 ab 100 200 ab "),
        Scenario(
            "are answered once, though the handler answers twice",
            """
            c = Connection().send(get('/twice') + get('/held/a'))
            print(c.answer(), end=' ')
            wait_for('/held', '1')
            ask(post('/release', ''))
            print(c.answer())
            """, prints: "200 first 200 held a"),
        Scenario(
            "with HEAD have the length and no body, also later, RFC 9110 §9.3.2",
            """
            c = Connection().send(get('/hello/a').replace('GET', 'HEAD') + get('/later/b').replace('GET', 'HEAD'))
            c.send(get('/hello/c', 'Connection: close\\r\\n'))
            while c.fill(): pass
            text = c.buffer.decode()
            print(text.count('HTTP/1.1 200'), 'hello a' in text, 'later b' in text, text.endswith('hello c'))
            """, prints: "3 False False True"),
    ]

    @Test("keep their order and their framing", arguments: scenarios)
    func order(_ scenario: Scenario) async throws {
        try await scenario.run()
    }
}
