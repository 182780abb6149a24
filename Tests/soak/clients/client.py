"""What all clients have in common."""

import ssl
import threading

from wire import Ended, Wire, Wrong

# What a client meets whose connection the server may end: the end itself, whenever it comes.
GONE = (OSError, Ended)
REFUSED = frozenset({400, 401, 404, 405, 408, 411, 412, 413, 414, 415, 417, 422, 428, 429, 431, 501, 505})
FINE = frozenset({200, 201, 204, 304})


class Client(threading.Thread):
    """Does one thing again and again until the run is over."""

    # Seconds between two rounds.
    pause = 0.05
    # Whether the server may end the connection at any moment, as it may with a client that misbehaves.
    may_be_cut = False
    # Bad clients come from an address of their own, whose bound on connections is not that of the good ones.
    source = None

    def __init__(self, scene, number):
        super().__init__(daemon=True, name=f"{type(self).__name__} {number}")
        self.scene = scene
        self.number = number
        self.chance = scene.chance(self.name)
        # What was sent last, for whoever reads of a finding.
        self.said = b""

    def run(self):
        """Goes on after a finding, so that one fault does not hide the next."""
        while not self.scene.is_over.is_set():
            try:
                self.round()
                self.scene.book.done(type(self).__name__)
            except GONE as error:
                if not self.may_be_cut: self._find(error)
                else: self.scene.book.done(type(self).__name__)
                self.abandon()
            except Exception as error:  # of any kind: a thread that ends must say why
                self._find(error)
                self.abandon()
            self.scene.is_over.wait(self.scene.pace * self.pause * (0.5 + self.chance.random()))
        self.abandon()

    def round(self):
        """Does once what this client does."""
        raise NotImplementedError

    def abandon(self):
        """Lets go of what it kept from one round to the next."""

    def _find(self, error):
        self.scene.book.find(f"{self.name}: {type(error).__name__}: {error}; sent {self.said[:1000]!r}")

    # MARK: For rounds

    def plain(self, **options):
        """A connection without TLS."""
        return Wire(self.scene.server.plain, source=self.source, **options)

    def secure(self, **options):
        """A connection with TLS, handshake done."""
        return Wire(self.scene.server.secure, source=self.source,
                    **{"context": self.scene.trusting(), **options})

    def at_path(self):
        """A connection to the Unix socket."""
        return Wire(self.scene.server.path)

    def say(self, wire, data):
        """Sends, and remembers what."""
        self.said = data
        wire.send(data)

    def expect(self, answer, statuses):
        """Counts an answer and refuses one that is not as it must be."""
        self.scene.book.answered(answer.status)
        if answer.status not in statuses: raise Wrong(f"not {sorted(statuses)}: {answer}")
        return answer

    def answers_until_end(self, wire, statuses, most=1000):
        """Reads answers until the server ends the connection or closes it; each must be one of these."""
        for _ in range(most):
            try:
                answer = wire.answer()
            except (Ended, ConnectionError, ssl.SSLError):
                return
            self.expect(answer, statuses)
            if answer.closes: return


class Kept(Client):
    """A good client that stays connected and asks again."""

    doors = ("plain", "secure", "at_path")

    def __init__(self, scene, number):
        super().__init__(scene, number)
        self.door = self.doors[number % len(self.doors)]
        self.wire = None

    def ask(self, method, path, body=None, fields=(), statuses=frozenset({200})):
        """One request and its answer."""
        return self.ask_all([self.scene.request(method, path, body, fields)], [statuses], method == "HEAD")[0]

    def ask_all(self, requests, statuses, is_head=False):
        """Requests that are sent at once, and their answers in order; what comes after a last one is sent anew."""
        answers = []
        while len(answers) < len(requests):
            self.wire = self.wire or getattr(self, self.door)()
            for piece in self.pieces(b"".join(requests[len(answers):])): self.say(self.wire, piece)
            for number in range(len(answers), len(requests)):
                answer = self.expect(self.wire.answer(is_head), statuses[number])
                answers.append(answer)
                if answer.closes:
                    self.abandon()
                    break
        return answers

    def pieces(self, data):
        """What is sent at once."""
        return [data]

    def abandon(self):
        """Connects anew the next time."""
        if self.wire: self.wire.close()
        self.wire = None
