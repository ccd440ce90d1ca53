"""A small HTTP server that serves few senders at once: a crowd costs it no memory, and one who goes away no noise."""

from __future__ import annotations

import sys
from http.server import ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any


class FewAtOnce(ThreadingHTTPServer):
    """Gives each sender a thread, as long as there are `places`; set them before the server is begun."""

    daemon_threads = True
    places: BoundedSemaphore

    def turn_away(self, request: Any) -> None:
        """Hang up on a sender for whom there is no place."""
        self.shutdown_request(request)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give a sender a thread, or turn it away where there are too many."""
        if not self.places.acquire(blocking=False):
            self.turn_away(request)
            return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self.places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one sender, and make room for the next."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Let a sender who went away go in silence; anything else is told on standard error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)
