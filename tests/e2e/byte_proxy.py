"""A proxy that counts what clients send and are answered, and does something at an exact byte of what they send."""

import contextlib
import socket
import threading


class ByteProxy:
    """Forwards connections to a port of this machine. After `limit` bytes from clients it calls `action` once and
    forwards nothing more."""

    def __init__(self, port, limit=None, action=None):
        self.target = port
        self.limit = limit
        self.action = action
        self.sent = 0
        self.answered = 0
        self.fired = threading.Event()
        self._lock = threading.Lock()
        self._open = []
        self._threads = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._start(self._accept)

    @property
    def uri(self):
        return f"grpc://127.0.0.1:{self._listener.getsockname()[1]}"

    def _start(self, work, *arguments):
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self.target))
                self._open += [client, server]
                self._start(self._upstream, client, server)
                self._start(self._downstream, server, client)

    def _take(self, data):
        """What of the data may go on, and whether the limit is reached by it."""
        with self._lock:
            if self.fired.is_set():
                return b"", False
            if self.limit is not None and self.sent + len(data) >= self.limit:
                data = data[: self.limit - self.sent]
                self.fired.set()
            self.sent += len(data)
            return data, self.fired.is_set()

    def _upstream(self, client, server):
        with self._ending(server), contextlib.suppress(OSError):
            while data := client.recv(65536):
                data, now = self._take(data)
                server.sendall(data)
                if now:
                    self.action()

    def _downstream(self, server, client):
        with self._ending(client), contextlib.suppress(OSError):
            while data := server.recv(65536):
                with self._lock:
                    self.answered += len(data)
                client.sendall(data)

    @staticmethod
    @contextlib.contextmanager
    def _ending(connection):
        """One side that is gone, in order or not, ends the other."""
        try:
            yield
        finally:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)

    def close(self):
        for connection in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
